//! The objects of the storefront: their Salesforce names, and the records of the store that they are.

use std::borrow::Cow;

/// An object as the storefront names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kind {
    /// The object of the store.
    pub(super) object: Cow<'static, str>,
    /// Its name in Salesforce.
    api: Cow<'static, str>,
    pub(super) access: Access,
}

/// Whose records a visitor sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Everybody's: the catalog.
    Everybody,
    /// The visitor's own, and those that are public.
    Shared,
    /// The visitor's own carts, or what belongs to them by this lookup.
    Cart(Option<&'static str>),
    /// What is of the visitor's account by this lookup; `Id` for the account itself.
    Account(&'static str),
    /// What belongs to a record that the visitor sees: its object, and the lookup that leads there.
    Parent(&'static str, &'static str),
    /// The visitor alone.
    Visitor,
    /// What is attached to any record: only with that record, or one by one.
    Attached,
}

const CATALOG: Access = Access::Everybody;

/// Object of the store, name in Salesforce, access.
const KINDS: &[(&str, &str, Access)] = &[
    ("Account", "Account", Access::Account("Id")),
    (
        "AdjustmentLineItem",
        "Apttus_Config2__AdjustmentLineItem__c",
        Access::Cart(Some("Configuration")),
    ),
    (
        "AssetLineItem",
        "Apttus_Config2__AssetLineItem__c",
        Access::Account("Account"),
    ),
    ("Attachment", "Attachment", Access::Attached),
    (
        "Category",
        "Apttus_Config2__ClassificationHierarchy__c",
        CATALOG,
    ),
    (
        "ConstraintRule",
        "Apttus_Config2__ConstraintRule__c",
        CATALOG,
    ),
    (
        "ConstraintRuleAction",
        "Apttus_Config2__ConstraintRuleAction__c",
        CATALOG,
    ),
    (
        "ConstraintRuleCondition",
        "Apttus_Config2__ConstraintRuleCondition__c",
        CATALOG,
    ),
    ("Contact", "Contact", Access::Account("Account")),
    (
        "FavoriteConfiguration",
        "Apttus_Config2__FavoriteConfiguration__c",
        Access::Shared,
    ),
    (
        "Hierarchy",
        "Apttus_Config2__ClassificationName__c",
        CATALOG,
    ),
    ("Incentive", "Apttus_Config2__Incentive__c", CATALOG),
    (
        "LineItem",
        "Apttus_Config2__LineItem__c",
        Access::Cart(Some("Configuration")),
    ),
    ("Note", "Note", Access::Attached),
    ("Opportunity", "Opportunity", Access::Account("Account")),
    (
        "Order",
        "Apttus_Config2__Order__c",
        Access::Account("SoldToAccount"),
    ),
    (
        "OrderLineItem",
        "Apttus_Config2__OrderLineItem__c",
        Access::Parent("Order", "Order"),
    ),
    ("PriceList", "Apttus_Config2__PriceList__c", CATALOG),
    (
        "PriceListCategory",
        "Apttus_Config2__PriceListCategory__c",
        CATALOG,
    ),
    ("PriceListItem", "Apttus_Config2__PriceListItem__c", CATALOG),
    ("Product", "Product2", CATALOG),
    (
        "ProductAttributeGroup",
        "Apttus_Config2__ProductAttributeGroupMember__c",
        CATALOG,
    ),
    (
        "ProductCategory",
        "Apttus_Config2__ProductClassification__c",
        CATALOG,
    ),
    (
        "ProductConfiguration",
        "Apttus_Config2__ProductConfiguration__c",
        Access::Cart(None),
    ),
    (
        "ProductOptionComponent",
        "Apttus_Config2__ProductOptionComponent__c",
        CATALOG,
    ),
    (
        "ProductOptionGroup",
        "Apttus_Config2__ProductOptionGroup__c",
        CATALOG,
    ),
    (
        "Proposal",
        "Apttus_Proposal__Proposal__c",
        Access::Account("Account"),
    ),
    (
        "ProposalLineItem",
        "Apttus_Proposal__Proposal_Line_Item__c",
        Access::Parent("Proposal", "Proposal"),
    ),
    ("StoreFront", "Apttus_WebStore__Storefront__c", CATALOG),
    ("StorefrontUser", "User", Access::Visitor),
    (
        "SummaryGroup",
        "Apttus_Config2__SummaryGroup__c",
        Access::Cart(Some("Configuration")),
    ),
];

/// Short routes of objects, beside their names in Salesforce.
const ROUTES: &[(&str, &str)] = &[
    ("accounts", "Account"),
    ("assets", "AssetLineItem"),
    ("attachment", "Attachment"),
    ("categories", "Category"),
    ("contacts", "Contact"),
    ("favorites", "FavoriteConfiguration"),
    ("note", "Note"),
    ("orders", "Order"),
    ("pricelists", "PriceList"),
    ("products", "Product"),
    ("quotes", "Proposal"),
    ("storefronts", "StoreFront"),
];

/// Relationships from a record to those that belong to it: its object, their name, their object and the lookup back.
/// An empty object stands for any.
const CHILDREN: &[(&str, &str, &str, &str)] = &[
    ("", "Attachments", "Attachment", "Parent"),
    ("", "Notes", "Note", "Parent"),
    ("Account", "Assets", "AssetLineItem", "Account"),
    ("Account", "Contacts", "Contact", "Account"),
    ("Account", "Opportunities", "Opportunity", "Account"),
    ("Account", "Orders", "Order", "SoldToAccount"),
    ("Account", "Proposals", "Proposal", "Account"),
    (
        "Category",
        "ProductClassifications",
        "ProductCategory",
        "Category",
    ),
    (
        "ConstraintRule",
        "ConstraintRuleActions",
        "ConstraintRuleAction",
        "ConstraintRule",
    ),
    (
        "ConstraintRule",
        "ConstraintRuleConditions",
        "ConstraintRuleCondition",
        "ConstraintRule",
    ),
    ("Hierarchy", "Categories", "Category", "Hierarchy"),
    (
        "LineItem",
        "AdjustmentLineItems",
        "AdjustmentLineItem",
        "LineItem",
    ),
    ("Order", "OrderLineItems", "OrderLineItem", "Order"),
    (
        "PriceList",
        "PriceListCategories",
        "PriceListCategory",
        "PriceList",
    ),
    ("PriceList", "PriceListItems", "PriceListItem", "PriceList"),
    (
        "Product",
        "AttributeGroups",
        "ProductAttributeGroup",
        "Product",
    ),
    ("Product", "Categories", "ProductCategory", "Product"),
    ("Product", "OptionGroups", "ProductOptionGroup", "Product"),
    ("Product", "PriceLists", "PriceListItem", "Product"),
    (
        "ProductConfiguration",
        "AdjustmentLineItems",
        "AdjustmentLineItem",
        "Configuration",
    ),
    (
        "ProductConfiguration",
        "LineItems",
        "LineItem",
        "Configuration",
    ),
    (
        "ProductConfiguration",
        "SummaryGroups",
        "SummaryGroup",
        "Configuration",
    ),
    (
        "ProductOptionGroup",
        "Options",
        "ProductOptionComponent",
        "ProductOptionGroup",
    ),
    (
        "Proposal",
        "ProposalLineItems",
        "ProposalLineItem",
        "Proposal",
    ),
];

/// Lookups whose object their name does not end with.
const TARGETS: &[(&str, &str)] = &[
    ("Asset", "AssetLineItem"),
    ("BusinessObjectRef", "Proposal"),
    ("Configuration", "ProductConfiguration"),
    ("CreatedBy", "StorefrontUser"),
    ("ModifiedBy", "StorefrontUser"),
    ("Option", "Product"),
    ("Owner", "StorefrontUser"),
    ("ProductOption", "ProductOptionComponent"),
    ("Quote", "Proposal"),
];

impl Kind {
    /// The object of this name: that of Salesforce, in any case, or a short route; a custom object (`Rack__c`) is one of
    /// the tenant's (`Rack_c`).
    pub(super) fn named(name: &str) -> Option<Self> {
        let route = ROUTES
            .iter()
            .find(|(route, _)| route.eq_ignore_ascii_case(name));
        if let Some((_, object)) = route {
            return Self::of(object);
        }
        let known = KINDS
            .iter()
            .find(|(_, api, _)| api.eq_ignore_ascii_case(name));
        known.map(Self::row).or_else(|| Self::custom(name))
    }

    /// The kind of an object of the store.
    pub(super) fn of(object: &str) -> Option<Self> {
        let known = KINDS.iter().find(|(known, ..)| *known == object);
        known.map(Self::row)
    }

    /// The kind that a lookup of the store leads to.
    pub(super) fn target(lookup: &str) -> Option<Self> {
        if let Some((_, object)) = TARGETS.iter().find(|(name, _)| *name == lookup) {
            return Self::of(object);
        }
        let fitting = KINDS.iter().filter(|(object, ..)| lookup.ends_with(object));
        fitting
            .max_by_key(|(object, ..)| object.len())
            .map(Self::row)
    }

    /// The children of a relationship with this short name, in any case: its name, their kind, the lookup back.
    pub(super) fn children(&self, name: &str) -> Option<(&'static str, Self, &'static str)> {
        let (_, name, object, lookup) = CHILDREN.iter().find(|(parent, relationship, ..)| {
            (parent.is_empty() || *parent == self.object) && relationship.eq_ignore_ascii_case(name)
        })?;
        Some((name, Self::of(object)?, lookup))
    }

    /// The names of all its relationships to children.
    pub(super) fn relationships(&self) -> Vec<&'static str> {
        let own = CHILDREN
            .iter()
            .filter(|(parent, ..)| parent.is_empty() || *parent == self.object);
        own.map(|(_, name, ..)| *name).collect()
    }

    /// Its name in Salesforce.
    pub(super) fn api(&self) -> &str {
        &self.api
    }

    /// The namespace of its fields; `None` where Salesforce itself has the object.
    pub(super) fn namespace(&self) -> Option<&str> {
        let (namespace, rest) = self.api.split_once("__")?;
        rest.contains("__").then_some(namespace)
    }

    fn row((object, api, access): &(&'static str, &'static str, Access)) -> Self {
        Self {
            object: Cow::Borrowed(object),
            api: Cow::Borrowed(api),
            access: *access,
        }
    }

    fn custom(name: &str) -> Option<Self> {
        let stem = name
            .strip_suffix("__c")
            .filter(|stem| !stem.contains("__"))?;
        let object = format!("{stem}_c");
        crate::records::objects::Object::custom(&object).ok()?;
        Some(Self {
            object: Cow::Owned(object),
            api: Cow::Owned(name.to_owned()),
            access: Access::Everybody,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_goes_by_its_salesforce_name_or_a_route() {
        for (name, object) in [
            ("Apttus_Config2__LineItem__c", "LineItem"),
            ("apttus_config2__lineitem__c", "LineItem"),
            ("Product2", "Product"),
            ("products", "Product"),
            ("quotes", "Proposal"),
            ("Rack__c", "Rack_c"),
        ] {
            assert_eq!(Kind::named(name).unwrap().object, object, "{name}");
        }
        for name in [
            "LineItem",
            "Agreement",
            "Rack_c",
            "a b__c",
            "__c",
            "x__y__c",
            "",
        ] {
            assert_eq!(Kind::named(name), None, "{name}");
        }
    }

    #[test]
    fn lookups_and_relationships_lead_to_kinds() {
        for (lookup, object) in [
            ("Product", "Product"),
            ("ComponentProduct", "Product"),
            ("Option", "Product"),
            ("BillToAccount", "Account"),
            ("EffectivePriceList", "PriceList"),
            ("PriceListItem", "PriceListItem"),
            ("Configuration", "ProductConfiguration"),
        ] {
            assert_eq!(Kind::target(lookup).unwrap().object, object, "{lookup}");
        }
        assert_eq!(Kind::target("Location"), None);
        let cart = Kind::of("ProductConfiguration").unwrap();
        assert_eq!(cart.children("lineitems").unwrap().0, "LineItems");
        assert!(cart.children("OptionGroups").is_none());
    }

    #[test]
    fn every_row_leads_to_a_kind() {
        for (_, object) in ROUTES.iter().chain(TARGETS) {
            assert!(Kind::of(object).is_some(), "{object}");
        }
        for (parent, name, object, _) in CHILDREN {
            assert!(Kind::of(object).is_some(), "{name}");
            assert!(parent.is_empty() || Kind::of(parent).is_some(), "{parent}");
        }
    }
}
