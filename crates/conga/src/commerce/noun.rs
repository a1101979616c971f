//! Which operation is which verb of which noun.

use conga_api::operations::{self, Operation};

macro_rules! verbs {
    ($($(#[$doc:meta])* $verb:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// It is for the nouns of this crate alone.
        pub trait $verb: sealed::Noun {
            #[doc(hidden)]
            const OPERATION: &'static Operation;
        }
    )*};
}

verbs! {
    /// A noun whose records can be listed.
    ListVerb;
    /// A noun whose records can be created.
    CreateVerb;
    /// A noun whose records can be read one by one.
    GetVerb;
    /// A noun whose records can be changed one by one.
    UpdateVerb;
    /// A noun whose records can be changed by several.
    UpdateManyVerb;
    /// A noun whose records can be deleted one by one.
    DeleteVerb;
    /// A noun whose records can be deleted by several.
    DeleteManyVerb;
}

macro_rules! nouns {
    ($($(#[$doc:meta])* $noun:ident, $plural:literal, $service:ident { $($verb:ident: $operation:ident,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $noun;

        impl sealed::Noun for $noun {
            const PLURAL: &'static str = $plural;
        }

        $(impl $verb for $noun {
            const OPERATION: &'static Operation = &operations::$service::$operation;
        })*
    )*};
}

nouns! {
    /// A quote: the object Proposal.
    Quote, "quotes", quote {
        ListVerb: LIST_QUOTES,
        CreateVerb: CREATE_QUOTES,
        GetVerb: GET_QUOTE,
        UpdateVerb: UPDATE_QUOTE,
        UpdateManyVerb: UPDATE_QUOTES,
        DeleteVerb: DELETE_QUOTE,
        DeleteManyVerb: DELETE_QUOTES,
    }
    /// An order.
    Order, "orders", order {
        ListVerb: LIST_ORDERS,
        CreateVerb: CREATE_ORDERS,
        GetVerb: GET_ORDER,
        UpdateVerb: UPDATE_ORDER,
        UpdateManyVerb: UPDATE_ORDERS,
        DeleteVerb: DELETE_ORDER,
        DeleteManyVerb: DELETE_ORDERS,
    }
    /// A line of an order: the object OrderLineItem.
    OrderLine, "order lines", order {
        ListVerb: LIST_ORDER_LINE_ITEMS,
        CreateVerb: CREATE_ORDER_LINE_ITEMS,
        GetVerb: GET_ORDER_LINE_ITEM,
        UpdateVerb: UPDATE_ORDER_LINE_ITEM,
        UpdateManyVerb: UPDATE_ORDER_LINE_ITEMS,
    }
    /// A cart: the object ProductConfiguration.
    Cart, "carts", cart {
        ListVerb: LIST_CARTS,
        CreateVerb: CREATE_CARTS,
        GetVerb: GET_CART,
        UpdateVerb: UPDATE_CART,
        UpdateManyVerb: UPDATE_CARTS,
        DeleteVerb: DELETE_CART,
        DeleteManyVerb: DELETE_CARTS,
    }
    /// A line of a cart: the object LineItem.
    CartItem, "cart lines", cart {
        ListVerb: LIST_CART_ITEMS,
        CreateVerb: CREATE_CART_ITEMS,
        UpdateManyVerb: UPDATE_CART_ITEMS,
        DeleteManyVerb: DELETE_CART_ITEMS,
    }
    /// A price list.
    PriceList, "price lists", administration {
        ListVerb: LIST_PRICE_LISTS,
        CreateVerb: CREATE_PRICE_LISTS,
        GetVerb: GET_PRICE_LIST,
        UpdateVerb: UPDATE_PRICE_LIST,
        UpdateManyVerb: UPDATE_PRICE_LISTS,
        DeleteVerb: DELETE_PRICE_LIST,
        DeleteManyVerb: DELETE_PRICE_LISTS,
    }
    /// A price of a price list: the object PriceListItem.
    PriceListItem, "price list items", administration {
        ListVerb: LIST_PRICE_LIST_ITEMS,
        CreateVerb: CREATE_PRICE_LIST_ITEMS,
        GetVerb: GET_PRICE_LIST_ITEM,
        UpdateVerb: UPDATE_PRICE_LIST_ITEM,
        UpdateManyVerb: UPDATE_PRICE_LIST_ITEMS,
        DeleteVerb: DELETE_PRICE_LIST_ITEM,
        DeleteManyVerb: DELETE_PRICE_LIST_ITEMS,
    }
}

mod sealed {
    pub trait Noun: 'static {
        /// What errors call the records.
        const PLURAL: &'static str;
    }
}
