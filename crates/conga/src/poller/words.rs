//! What states mean whose words are not published.

use super::Standing;

/// What a state's word says. Any that is not known here counts as work under way: better to wait too long than to take for done what
/// is not.
pub(crate) fn meaning(word: &str) -> Standing<()> {
    let word = word.trim().to_ascii_lowercase();
    let is_one_of = |words: &[&str]| words.iter().any(|known| word.starts_with(known));
    if is_one_of(&["complet", "succe", "done", "finish"]) {
        Standing::Done(())
    } else if is_one_of(&["fail", "error", "abort", "cancel", "reject", "stopped"]) {
        Standing::Failed(Vec::new())
    } else {
        Standing::UnderWay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_end_the_work_and_others_do_not() {
        for word in [
            "Completed",
            "complete",
            "Succeeded",
            "Success",
            "Done",
            " Finished",
        ] {
            assert_eq!(meaning(word), Standing::Done(()), "{word}");
        }
        for word in [
            "Failed",
            "FAILURE",
            "Error",
            "Cancelled",
            "Rejected",
            "Stopped",
        ] {
            assert_eq!(meaning(word), Standing::Failed(Vec::new()), "{word}");
        }
        for word in [
            "Queued",
            "In Progress",
            "InProgress",
            "Processing",
            "",
            "Preview",
        ] {
            assert_eq!(meaning(word), Standing::UnderWay, "{word}");
        }
    }
}
