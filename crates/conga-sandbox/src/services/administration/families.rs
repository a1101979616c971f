//! The table of all objects that are administered alike.
//!
//! A row is a collection's path below the service's base, the object of its records, for a collection within a record
//! that record's object and the lookup that leads to it (named after the object unless given), and the words of its
//! operations, singular and plural.

use super::alike::{Family, Limits, Parent};
use crate::services::commerce::children::Children;

/// Writes down families and the ids of their operations: seven each.
macro_rules! families {
    ($($path:literal => $object:literal $(of $parent:literal $(by $field:literal)?)?, $one:literal, $many:literal;)*) => {
        /// All families.
        pub(super) const FAMILIES: &[Family] = &[$(Family {
            path: $path,
            object: $object,
            parent: families!(@parent $($parent $(, $field)?)?),
        }),*];

        /// The ids of their operations.
        pub(super) const OPERATIONS: &[&str] = &[$(
            concat!("list_", $many),
            concat!("create_", $many),
            concat!("update_", $many),
            concat!("delete_", $many),
            concat!("get_", $one),
            concat!("update_", $one),
            concat!("delete_", $one),
        )*];
    };
    (@parent $parent:literal) => { families!(@parent $parent, $parent) };
    (@parent $parent:literal, $field:literal) => { Some(Parent { object: $parent, field: $field }) };
    (@parent) => { None };
}

families! {
    "attribute-constraint-rules" => "AttributeConstraintRule", "attribute_constraint_rule", "attribute_constraint_rules";
    "attribute-constraint-rules/{ParentId}/entries" => "AttributeConstraintRuleEntry" of "AttributeConstraintRule", "attribute_constraint_rule_entry", "attribute_constraint_rule_entries";
    "attribute-groups" => "AttributeGroup", "attribute_group", "attribute_groups";
    "attribute-groups/{ParentId}/attributes" => "AttributeGroupMember" of "AttributeGroup", "attribute_group_member", "attribute_group_members";
    "attribute-matrices" => "AttributeMatrix", "attribute_matrix", "attribute_matrices";
    "attribute-matrices/{ParentId}/entries" => "AttributeMatrixEntry" of "AttributeMatrix", "attribute_matrix_entry", "attribute_matrix_entries";
    "attribute-rules" => "ProductAttributeRule", "attribute_rule", "attribute_rules";
    "attribute-rules/{ParentId}/actions" => "ProductAttributeRuleAction" of "ProductAttributeRule", "attribute_rule_action", "attribute_rule_actions";
    "attributes" => "Attribute", "attribute", "attributes";
    "categories" => "Category", "category", "categories";
    "categories/{parentId}/product-categories" => "ProductCategory" of "Category", "category_membership", "category_memberships";
    "constraint-rule-actions/{parentId}/constraint-rule-action-expressions" => "ConstraintRuleActionExpression" of "ConstraintRuleAction", "constraint_rule_action_expression", "constraint_rule_action_expressions";
    "constraint-rules" => "ConstraintRule", "constraint_rule", "constraint_rules";
    "constraint-rules/{ParentId}/actions" => "ConstraintRuleAction" of "ConstraintRule", "constraint_rule_action", "constraint_rule_actions";
    "constraint-rules/{ParentId}/conditions" => "ConstraintRuleCondition" of "ConstraintRule", "constraint_rule_condition", "constraint_rule_conditions";
    "deal-guidance-color-bands" => "DealColorBand", "deal_guidance_color_band", "deal_guidance_color_bands";
    "deal-guidance-dimension-sets" => "DealGuidanceDimensionSet", "deal_guidance_dimension_set", "deal_guidance_dimension_sets";
    "deal-guidance-dimension-sets/{ParentId}/dimensions" => "DealGuidanceDimensionSetMember" of "DealGuidanceDimensionSet" by "DimensionSet", "deal_guidance_dimension_set_member", "deal_guidance_dimension_set_members";
    "deal-guidance-dimensions" => "DealGuidanceDimension", "deal_guidance_dimension", "deal_guidance_dimensions";
    "deal-guidance-rules" => "DealGuidanceRule", "deal_guidance_rule", "deal_guidance_rules";
    "deal-guidance-rules/{ParentId}/entries" => "DealGuidanceRuleEntry" of "DealGuidanceRule" by "GuidanceRule", "deal_guidance_rule_entry", "deal_guidance_rule_entries";
    "feature-sets" => "FeatureSet", "feature_set", "feature_sets";
    "feature-sets/{ParentId}/features" => "Feature" of "FeatureSet", "feature_set_feature", "feature_set_features";
    "feature-sets/{parentId}/product-features" => "ProductFeature" of "FeatureSet", "feature_set_product_feature", "feature_set_product_features";
    "features/{parentId}/product-feature-values" => "ProductFeatureValue" of "Feature", "feature_value", "feature_values";
    "field-expressions" => "FieldExpression", "field_expression", "field_expressions";
    "field-expressions/{parentId}/constraint-rule-action-expressions" => "ConstraintRuleActionExpression" of "FieldExpression", "field_expression_action_expression", "field_expression_action_expressions";
    "hierarchies" => "Hierarchy", "hierarchy", "hierarchies";
    "hierarchies/{parentId}/price-list-categories" => "PriceListCategory" of "Hierarchy", "hierarchy_price_list_category", "hierarchy_price_list_categories";
    "incentive-rules/{ParentId}/entries" => "IncentiveRuleEntry" of "IncentiveRule", "incentive_rule_entry", "incentive_rule_entries";
    "incentives" => "Incentive", "incentive", "incentives";
    "incentives/{ParentId}/coupons" => "IncentiveCoupon" of "Incentive", "incentive_coupon", "incentive_coupons";
    "incentives/{ParentId}/limits" => "IncentiveLimit" of "Incentive", "incentive_limit", "incentive_limits";
    "incentives/{ParentId}/related-incentives" => "RelatedIncentive" of "Incentive" by "FromIncentive", "related_incentive", "related_incentives";
    "incentives/{ParentId}/rules" => "IncentiveRule" of "Incentive", "incentive_rule", "incentive_rules";
    "lookupfield-settings" => "LookupFieldSetting", "lookup_field_setting", "lookup_field_settings";
    "matrices" => "PriceMatrix", "price_matrix", "price_matrices";
    "matrices/{ParentId}/matrix-entries" => "PriceMatrixEntry" of "PriceMatrix", "price_matrix_entry", "price_matrix_entries";
    "option-groups" => "OptionGroup", "option_group", "option_groups";
    "option-groups/{ParentId}/products" => "OptionGroupMember" of "OptionGroup", "option_group_member", "option_group_members";
    "price-dimensions" => "PriceDimension", "price_dimension", "price_dimensions";
    "price-list-items/{ParentId}/price-escalators" => "PriceEscalator" of "PriceListItem", "price_escalator", "price_escalators";
    "price-list-items/{ParentId}/related-price-list-items" => "RelatedPriceListItem" of "PriceListItem", "related_price_list_item", "related_price_list_items";
    "price-lists" => "PriceList", "price_list", "price_lists";
    "price-lists/{parentId}/price-list-categories" => "PriceListCategory" of "PriceList", "price_list_category", "price_list_categories";
    "price-lists/{parentId}/price-list-items" => "PriceListItem" of "PriceList", "price_list_item", "price_list_items";
    "product-groups" => "ProductGroup", "product_group", "product_groups";
    "product-groups/{parentId}/product-group-members" => "ProductGroupMember" of "ProductGroup", "product_group_member", "product_group_members";
    "product-option-group/{ParentId}/products" => "ProductOptionComponent" of "ProductOptionGroup", "product_option_component", "product_option_components";
    "product-option-prices" => "ProductOptionPrice", "product_option_price", "product_option_prices";
    "products" => "Product", "product", "products";
    "products/{ParentId}/attribute-groups" => "ProductAttributeGroup" of "Product", "product_attribute_group", "product_attribute_groups";
    "products/{ParentId}/information" => "ProductInformation" of "Product", "product_information_document", "product_information_documents";
    "products/{ParentId}/option-groups" => "ProductOptionGroup" of "Product", "product_option_group", "product_option_groups";
    "products/{parentId}/price-list-items" => "PriceListItem" of "Product", "product_price_list_item", "product_price_list_items";
    "products/{parentId}/product-categories" => "ProductCategory" of "Product", "product_category", "product_categories";
    "products/{parentId}/product-feature-values" => "ProductFeatureValue" of "Product", "product_feature_value", "product_feature_values";
    "products/{parentId}/product-features" => "ProductFeature" of "Product", "product_feature", "product_features";
    "products/{parentId}/product-group-members" => "ProductGroupMember" of "Product", "product_group_membership", "product_group_memberships";
    "quotes/{ParentId}/locations" => "ProposalLocation" of "Proposal", "quote_location", "quote_locations";
    "rule-sets" => "PriceRuleset", "price_rule_set", "price_rule_sets";
    "rule-sets/{ParentId}/rules" => "PriceRule" of "PriceRuleset" by "Ruleset", "price_rule", "price_rules";
    "rules/{ParentId}/rule-entries" => "PriceRuleEntry" of "PriceRule", "price_rule_entry", "price_rule_entries";
    "storefronts" => "StoreFront", "storefront", "storefronts";
    "tax-codes" => "TaxCode", "tax_code", "tax_codes";
    "visibility-rule" => "VisibilityRule", "visibility_rule", "visibility_rules";
    "waterfall-rule-sets" => "WaterfallRuleset", "waterfall_rule_set", "waterfall_rule_sets";
    "waterfall-rule-sets/{ParentId}/rules" => "WaterfallRule" of "WaterfallRuleset", "waterfall_rule", "waterfall_rules";
    "waterfall-rules/{ParentId}/entries" => "WaterfallRuleEntry" of "WaterfallRule", "waterfall_rule_entry", "waterfall_rule_entries";
    "waterfalls" => "Waterfall", "waterfall", "waterfalls";
    "waterfalls/{ParentId}/charts" => "WaterfallChart" of "Waterfall", "waterfall_chart", "waterfall_charts";
}

/// What a delete takes along, as published: an object, and the children that go with its records.
pub(super) const CASCADES: &[(&str, Children)] = &[
    (
        "AttributeGroup",
        children("AttributeGroupMember", "AttributeGroup"),
    ),
    (
        "AttributeGroup",
        children("ProductAttributeGroup", "AttributeGroup"),
    ),
    ("Category", children("ProductCategory", "Category")),
    (
        "ConstraintRule",
        children("ConstraintRuleAction", "ConstraintRule"),
    ),
    ("PriceRule", children("PriceRuleEntry", "PriceRule")),
    ("PriceRuleset", children("PriceRule", "Ruleset")),
    (
        "WaterfallRule",
        children("WaterfallRuleEntry", "WaterfallRule"),
    ),
];

const fn children(object: &'static str, owner: &'static str) -> Children {
    Children { object, owner }
}

/// How many records a call takes at most, as published: a collection's path, then created and deleted.
const LIMITS: &[(&str, usize, usize)] = &[
    (
        "constraint-rule-actions/{parentId}/constraint-rule-action-expressions",
        1_000,
        MANY,
    ),
    ("constraint-rules", 1_000, 1_000),
    ("constraint-rules/{ParentId}/actions", 100, MANY),
    ("constraint-rules/{ParentId}/conditions", 100, MANY),
    (
        "field-expressions/{parentId}/constraint-rule-action-expressions",
        1_000,
        MANY,
    ),
    ("matrices", 1_000, 100),
    ("matrices/{ParentId}/matrix-entries", 1_000, 100),
    ("price-dimensions", MANY, 100),
    ("price-lists", 100, MANY),
    ("price-lists/{parentId}/price-list-items", 1_000, MANY),
    ("products/{parentId}/price-list-items", 1_000, MANY),
    ("rule-sets", MANY, 100),
    ("rule-sets/{ParentId}/rules", MANY, 100),
    ("tax-codes", MANY, 100),
    ("waterfall-rule-sets/{ParentId}/rules", MANY, 100),
];

/// The limit where none is published.
const MANY: usize = 10_000;

/// How many records a collection can have, as published.
const CAPACITIES: &[(&str, u64)] = &[
    ("deal-guidance-color-bands", 6),
    ("rules/{ParentId}/rule-entries", 100),
    ("waterfall-rules/{ParentId}/entries", 100),
];

impl Family {
    /// The family of a collection's path.
    pub(super) fn at(path: &str) -> Option<&'static Self> {
        FAMILIES.iter().find(|family| family.path == path)
    }

    /// How many records a call of it takes.
    pub(super) fn limits(&self) -> Limits {
        let found = LIMITS.iter().find(|(path, ..)| *path == self.path);
        let (create, delete) = found.map_or((MANY, MANY), |(_, create, delete)| (*create, *delete));
        Limits { create, delete }
    }

    /// How many records its collection can have.
    pub(super) fn capacity(&self) -> Option<u64> {
        let found = CAPACITIES.iter().find(|(path, _)| *path == self.path);
        found.map(|(_, most)| *most)
    }
}
