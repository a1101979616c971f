//! The answer of the authorization endpoint, as the redirect carries it (RFC 6749, 4.1.2) or as a user pastes it.

use secrecy::{ExposeSecret, SecretString};
use url::Url;
use url::form_urlencoded::parse;

use crate::AuthError;
use crate::redaction::Redactor;

/// What a redirect says. Nothing of it has been checked.
#[derive(Debug, Default)]
pub(super) struct Response {
    code: Option<SecretString>,
    state: Option<String>,
    issuer: Option<String>,
    error: Option<String>,
    description: Option<String>,
    /// A parameter that stands there twice, against the rules.
    repeated: bool,
}

/// What the answer must agree with.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    pub(super) state: &'a str,
    pub(super) issuer: &'a str,
    /// Whether the provider always names itself (RFC 9207).
    pub(super) issuer_required: bool,
}

impl Response {
    /// Reads the query of a redirect.
    pub(super) fn of_query(query: &str) -> Self {
        let mut response = Self::default();
        for (name, value) in parse(query.as_bytes()) {
            let value = value.into_owned();
            let before = match &*name {
                "code" => response.code.replace(value.into()).map(|_| String::new()),
                "state" => response.state.replace(value),
                "iss" => response.issuer.replace(value),
                "error" => response.error.replace(value),
                "error_description" => response.description.replace(value),
                _ => None,
            };
            response.repeated |= before.is_some();
        }
        response
    }

    /// Gives the code, if this is the answer that was waited for.
    ///
    /// The state comes first: an answer to another sign-in has nothing to say here.
    pub(super) fn code(self, expected: &Expected<'_>) -> Result<SecretString, AuthError> {
        let clean = |text: &str| Redactor::new(&self.code).clean(text);
        if self.repeated {
            return Err(invalid("the answer names something twice"));
        }
        if self.state.as_deref() != Some(expected.state) {
            return Err(AuthError::StateMismatch);
        }
        match self.issuer.as_deref() {
            Some(issuer) if issuer == expected.issuer => {}
            None if !expected.issuer_required => {}
            other => {
                return Err(AuthError::WrongIssuer {
                    expected: expected.issuer.to_owned(),
                    found: other.map_or_else(|| "nobody in particular".to_owned(), clean),
                });
            }
        }
        let description = self.description.as_deref().map(clean);
        match self.error.as_deref() {
            Some("access_denied") => Err(AuthError::SignInDenied { description }),
            Some(code) => Err(AuthError::SignInFailed {
                code: clean(code),
                description,
            }),
            None => self
                .code
                .filter(|code| !code.expose_secret().is_empty())
                .ok_or_else(|| invalid("the answer holds no code")),
        }
    }
}

/// What a user pastes: the address that the browser was sent to, its query, or the code alone.
#[derive(Debug)]
pub(super) enum Pasted {
    Response(Response),
    /// A code without its state. It is bound to this sign-in by the verifier of PKCE all the same: the provider takes it
    /// from nobody else.
    Code(SecretString),
}

impl Pasted {
    /// Characters that a code may have.
    const LONGEST: usize = 8 * 1024;

    pub(super) fn read(text: &str) -> Result<Self, AuthError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(invalid("nothing was pasted"));
        }
        if let Some(query) = Url::parse(text).ok().as_ref().and_then(Url::query) {
            return Ok(Self::Response(Response::of_query(query)));
        }
        if text.contains(['=', '&', '?']) {
            let query = text.rsplit('?').next().unwrap_or(text);
            return Ok(Self::Response(Response::of_query(query)));
        }
        let odd = |c: char| !c.is_ascii_graphic();
        if text.contains(odd) || text.contains("://") || text.len() > Self::LONGEST {
            return Err(invalid("what was pasted holds no code"));
        }
        Ok(Self::Code(text.into()))
    }
}

fn invalid(problem: &str) -> AuthError {
    AuthError::InvalidRedirect {
        problem: problem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EXPECTED: Expected<'_> = Expected {
        state: "st",
        issuer: "https://login.example",
        issuer_required: false,
    };
    const REQUIRED: Expected<'_> = Expected {
        issuer_required: true,
        ..EXPECTED
    };

    fn code(query: &str, expected: &Expected<'_>) -> Result<String, AuthError> {
        let code = Response::of_query(query).code(expected)?;
        Ok(code.expose_secret().to_owned())
    }

    #[test]
    fn the_right_answer_gives_its_code() {
        assert_eq!(
            code("code=a%2Fb&state=st&more=x", &EXPECTED).unwrap(),
            "a/b"
        );
        let named = "code=c&state=st&iss=https%3A%2F%2Flogin.example";
        assert_eq!(code(named, &EXPECTED).unwrap(), "c");
        assert_eq!(code(named, &REQUIRED).unwrap(), "c");
    }

    #[test]
    fn another_state_is_refused_before_all_else() {
        for query in [
            "code=c",
            "code=c&state=",
            "code=c&state=ST",
            "error=access_denied&state=other",
            "code=c&state=other&iss=https%3A%2F%2Fevil.example",
        ] {
            let error = code(query, &EXPECTED).unwrap_err();
            assert!(
                matches!(error, AuthError::StateMismatch),
                "{query}: {error}"
            );
        }
    }

    #[test]
    fn another_issuer_is_refused() {
        for query in [
            "code=c&state=st&iss=https%3A%2F%2Fevil.example",
            "code=c&state=st&iss=",
        ] {
            let error = code(query, &EXPECTED).unwrap_err();
            assert!(
                matches!(error, AuthError::WrongIssuer { .. }),
                "{query}: {error}"
            );
        }
        let error = code("code=c&state=st", &REQUIRED).unwrap_err();
        assert!(
            error.to_string().contains("nobody in particular"),
            "{error}"
        );
    }

    #[test]
    fn a_denial_and_other_errors_are_told_apart() {
        let denied = code(
            "error=access_denied&error_description=no%0Athanks&state=st",
            &EXPECTED,
        );
        let error = denied.unwrap_err();
        assert_eq!(error.oauth_error(), Some("access_denied"));
        assert!(
            error.to_string().contains("declined (no thanks)"),
            "{error}"
        );

        let error = code("error=invalid_scope&state=st", &EXPECTED).unwrap_err();
        assert_eq!(error.oauth_error(), Some("invalid_scope"));
        assert!(error.to_string().contains("ask only for scopes"), "{error}");
        assert!(!error.is_retryable());
        let error = code("error=temporarily_unavailable&state=st", &EXPECTED).unwrap_err();
        assert!(error.is_retryable());
    }

    #[test]
    fn an_answer_without_a_code_or_with_two_is_invalid() {
        for query in [
            "state=st",
            "state=st&code=",
            "state=st&code=a&code=b",
            "state=st&state=st&code=a",
        ] {
            let error = code(query, &EXPECTED).unwrap_err();
            assert!(
                matches!(error, AuthError::InvalidRedirect { .. }),
                "{query}: {error}"
            );
        }
    }

    #[test]
    fn whatever_a_user_pastes_is_understood() {
        for text in [
            "http://127.0.0.1:5/callback?code=c&state=st",
            "  https://app.example/cb?code=c&state=st\n",
            "?code=c&state=st",
            "code=c&state=st",
            "/callback?code=c&state=st",
        ] {
            let Pasted::Response(response) = Pasted::read(text).unwrap() else {
                panic!("{text}");
            };
            assert_eq!(response.code(&EXPECTED).unwrap().expose_secret(), "c");
        }
        assert!(matches!(
            Pasted::read(" 4/0AX4-_.~ ").unwrap(),
            Pasted::Code(_)
        ));
        for text in [
            "",
            "  ",
            "two words",
            "https://app.example/cb",
            "käse",
            &"x".repeat(9_000),
        ] {
            assert!(Pasted::read(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_query_is_answered_without_its_code(query in ".{0,200}", code in "SECRET[a-z]{6}") {
            let query = format!("{query}&code={code}&error_description=x{code}");
            if let Err(error) = Response::of_query(&query).code(&EXPECTED) {
                let shown = error.all_shown();
                prop_assert!(!shown.contains(&code), "{shown}");
            }
        }

        #[test]
        fn only_the_right_state_gives_a_code(state in "[ -~]{0,4}") {
            let query: String = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("state", &state)
                .append_pair("code", "c")
                .finish();
            prop_assert_eq!(code(&query, &EXPECTED).is_ok(), state == "st");
        }

        #[test]
        fn any_paste_is_answered_without_its_code(
            prefix in "((https://app.example/cb)?[?]?state=st&code=)?",
            before in ".{0,200}",
            after in ".{0,200}",
        ) {
            let text = format!("{prefix}{before}SECRET{after}");
            let code = match Pasted::read(&text) {
                Ok(Pasted::Response(response)) => response.code(&EXPECTED),
                Ok(Pasted::Code(code)) => Ok(code),
                Err(error) => Err(error),
            };
            // What names an error of its own may repeat it.
            if let Err(error) = code && !text.contains("error") && !text.contains("iss") {
                let shown = error.all_shown();
                prop_assert!(!shown.contains("SECRET"), "{shown}");
            }
        }
    }
}
