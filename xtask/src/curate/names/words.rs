//! English for identifiers: splitting what paths run together, and singular and plural.

/// Words that Conga's paths run together, and how they read. Everything else splits at hyphens, underscores and
/// capitals. A new run-together word belongs here and nowhere else.
const COMPOUNDS: &[(&str, &str)] = &[
    ("accessibleaccounts", "accessible accounts"),
    ("actionpermissions", "action permissions"),
    ("activityhistory", "activity history"),
    ("addtocart", "add to cart"),
    ("adhoc", "ad hoc"),
    ("audittrail", "audit trail"),
    ("businessobjects", "business objects"),
    ("compareandmerge", "compare and merge"),
    ("configstatus", "config status"),
    ("contractfields", "contract fields"),
    ("createoffline", "create offline"),
    ("creditmemos", "credit memos"),
    ("customcode", "custom code"),
    ("customfields", "custom fields"),
    ("customsettings", "custom settings"),
    ("cycletimes", "cycle times"),
    ("createprovisionmap", "create provision map"),
    ("customschema", "custom schema"),
    ("registerprovider", "register provider"),
    ("retrieveprovider", "retrieve provider"),
    ("storeexecuted", "store executed"),
    ("datachangerules", "data change rules"),
    ("datasource", "data source"),
    ("datasyncstatus", "data sync status"),
    ("datepicker", "date picker"),
    ("debuglog", "debug log"),
    ("digitgrouping", "digit grouping"),
    ("digitgroups", "digit groups"),
    ("eventlogs", "event logs"),
    ("gdocs", "google docs"),
    ("grantlogin", "login grants"),
    ("importoffline", "import offline"),
    ("inappreports", "in app reports"),
    ("indexedfields", "indexed fields"),
    ("insightmaps", "insight maps"),
    ("joindocuments", "join documents"),
    ("lineitem", "line item"),
    ("lineitems", "line items"),
    ("longdate", "long date"),
    ("lookupfield", "lookup field"),
    ("negativenumber", "negative number"),
    ("objectpermissions", "object permissions"),
    ("onetime", "one time"),
    ("orderlineitems", "order line items"),
    ("permissiongroups", "permission groups"),
    ("previewdocument", "preview document"),
    ("pricelists", "price lists"),
    ("querywithreview", "query with review"),
    ("recordtype", "record type"),
    ("recordtypes", "record types"),
    ("relateddocuments", "related documents"),
    ("resetpassword", "reset password"),
    ("responsefield", "response field"),
    ("resyncdata", "resync data"),
    ("richtext", "rich text"),
    ("sametagfields", "same tag fields"),
    ("servicehooks", "service hooks"),
    ("shareduri", "shared uri"),
    ("shortdate", "short date"),
    ("signertypes", "signer types"),
    ("signstatus", "sign status"),
    ("submitrequest", "submit request"),
    ("summarygroups", "summary groups"),
    ("supportingdocument", "supporting document"),
    ("teammembers", "team members"),
    ("teamroles", "team roles"),
    ("typeahead", "type ahead"),
    ("usersearch", "user search"),
    ("waterfallchart", "waterfall chart"),
];

/// Whole segments whose hyphen or capital does not part two words.
const UNITED: &[(&str, &str)] = &[("re-order", "reorder"), ("un-share", "unshare")];

/// Plurals that no ending rule gives, singular first. Both directions are looked up here.
const IRREGULAR: &[(&str, &str)] = &[
    ("matrix", "matrices"),
    ("status", "statuses"),
    ("api", "apis"),
    ("criterion", "criteria"),
];

/// Words with one form for one and for many, or that are never counted.
const UNCOUNTED: &[&str] = &[
    "access",
    "analytics",
    "audit",
    "content",
    "credentials",
    "data",
    "feedback",
    "history",
    "info",
    "information",
    "metadata",
    "usage",
];

/// Splits a path segment into lower-case words.
pub(super) fn split(segment: &str) -> Vec<String> {
    let lower = segment.to_ascii_lowercase();
    if let Some((_, united)) = UNITED.iter().find(|(raw, _)| *raw == lower) {
        return vec![(*united).to_owned()];
    }
    let mut words = vec![String::new()];
    let mut previous = ' ';
    for (at, c) in segment.char_indices() {
        let next_is_lower =
            segment[at + c.len_utf8()..].starts_with(|n: char| n.is_ascii_lowercase());
        let starts_word = c.is_ascii_uppercase()
            && (previous.is_ascii_lowercase()
                || previous.is_ascii_digit()
                || (previous.is_ascii_uppercase() && next_is_lower));
        if (starts_word || !c.is_ascii_alphanumeric())
            && words.last().is_some_and(|word| !word.is_empty())
        {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_lowercase());
        }
        previous = c;
    }
    words
        .iter()
        .filter(|word| !word.is_empty())
        .flat_map(|word| match COMPOUNDS.iter().find(|(raw, _)| raw == word) {
            Some((_, read)) => phrase(read),
            None => vec![word.clone()],
        })
        .collect()
}

/// The words of a phrase written with spaces, as the tables of this module hold them.
pub(super) fn phrase(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// True for a word that already stands for many.
pub(super) fn is_plural(word: &str) -> bool {
    if UNCOUNTED.contains(&word) || IRREGULAR.iter().any(|(one, _)| *one == word) {
        return false;
    }
    IRREGULAR.iter().any(|(_, many)| *many == word)
        || (word.ends_with('s')
            && !word.ends_with("ss")
            && !word.ends_with("us")
            && !word.ends_with("is"))
}

/// One of a word: `policies` gives `policy`, `process` stays.
pub(super) fn singular(word: &str) -> String {
    if !is_plural(word) {
        return word.to_owned();
    }
    if let Some((one, _)) = IRREGULAR.iter().find(|(_, many)| *many == word) {
        return (*one).to_owned();
    }
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for ending in ["sses", "ches", "shes", "xes"] {
        if word.ends_with(ending) {
            return word.strip_suffix("es").unwrap_or(word).to_owned();
        }
    }
    word.strip_suffix('s').unwrap_or(word).to_owned()
}

/// Many of a word: `policy` gives `policies`, `policies` and `metadata` stay.
pub(super) fn plural(word: &str) -> String {
    if is_plural(word) || UNCOUNTED.contains(&word) {
        return word.to_owned();
    }
    if let Some((_, many)) = IRREGULAR.iter().find(|(one, _)| *one == word) {
        return (*many).to_owned();
    }
    if let Some(stem) = word.strip_suffix('y')
        && !stem.ends_with(['a', 'e', 'i', 'o', 'u'])
    {
        return format!("{stem}ies");
    }
    if ["s", "ch", "sh", "x"]
        .iter()
        .any(|ending| word.ends_with(ending))
    {
        return format!("{word}es");
    }
    format!("{word}s")
}

/// A phrase with its last word in the singular; the last word carries the number of an English noun phrase.
pub(super) fn one_of(words: &[String]) -> Vec<String> {
    with_last(words, singular)
}

/// A phrase with its last word in the plural.
pub(super) fn many_of(words: &[String]) -> Vec<String> {
    with_last(words, plural)
}

fn with_last(words: &[String], form: fn(&str) -> String) -> Vec<String> {
    let mut words = words.to_vec();
    if let Some(last) = words.last_mut() {
        *last = form(last);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_hyphens_capitals_and_run_together_words() {
        assert_eq!(split("price-list-items").join(" "), "price list items");
        assert_eq!(split("orderlineitems").join(" "), "order line items");
        assert_eq!(split("signingUiOptions").join(" "), "signing ui options");
        assert_eq!(split("CustomBranding").join(" "), "custom branding");
        assert_eq!(
            split("mobile_notification").join(" "),
            "mobile notification"
        );
        assert_eq!(split("un-share").join(" "), "unshare");
        assert_eq!(split("UsersByType").join(" "), "users by type");
        assert_eq!(split("AI").join(" "), "ai");
    }

    #[test]
    fn counts_as_english_does() {
        for (one, many) in [
            ("policy", "policies"),
            ("matrix", "matrices"),
            ("status", "statuses"),
            ("process", "processes"),
            ("index", "indexes"),
            ("clause", "clauses"),
            ("purchase", "purchases"),
            ("key", "keys"),
            ("metadata", "metadata"),
            ("api", "apis"),
            ("criterion", "criteria"),
            ("price", "prices"),
        ] {
            assert_eq!(plural(one), many);
            assert_eq!(singular(many), one);
            assert_eq!(plural(many), many);
            assert_eq!(singular(one), one);
        }
    }
}
