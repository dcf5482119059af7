//! The platform's refusals and the envelope they come in.

use serde_json::{Value, json};

/// A call that the platform refuses.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: i64,
    pub(crate) subcode: Option<i64>,
    kind: &'static str,
    message: String,
    pub(crate) retry_after: Option<u64>,
    /// Told by a fault, so that no count stands behind it.
    pub(crate) planted: bool,
}

impl Refusal {
    /// A refusal with a code and a sentence; the status follows from the code.
    pub(crate) fn new(code: i64, message: impl Into<String>) -> Self {
        let status = match code {
            1 | 2 => 500,
            10 | 200..=299 => 403,
            _ => 400,
        };
        Self { status, code, subcode: None, kind: "OAuthException", message: message.into(), retry_after: None, planted: false }
    }

    /// The same with the number sign that most messages begin with.
    pub(crate) fn coded(code: i64, message: &str) -> Self {
        Self::new(code, format!("(#{code}) {message}"))
    }

    /// Adds a subcode.
    #[must_use]
    pub(crate) fn sub(mut self, subcode: i64) -> Self {
        self.subcode = Some(subcode);
        self
    }

    /// Changes the type.
    #[must_use]
    pub(crate) fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// Changes the HTTP status.
    #[must_use]
    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// A parameter is wrong or missing.
    pub(crate) fn parameter(message: &str) -> Self {
        Self::coded(100, message)
    }

    /// The token does not hold.
    pub(crate) fn token(subcode: Option<i64>, message: &str) -> Self {
        let mut refusal = Self::new(190, message);
        refusal.subcode = subcode;
        refusal
    }

    /// There is no such object, or none that the caller may know of.
    pub(crate) fn missing(method: &str, id: &str) -> Self {
        let method = method.to_lowercase();
        let message = format!(
            "Unsupported {method} request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation."
        );
        Self::new(100, message).sub(33).kind("GraphMethodException")
    }

    /// There is no such path.
    pub(crate) fn path(path: &str) -> Self {
        Self::new(2500, format!("Unknown path components: {path}"))
    }

    /// The person used the app's login too long ago.
    pub(crate) fn data_access_over() -> Self {
        Self::coded(10, "The app's access to the person's data has expired; the person has to log in again.")
    }

    /// The platform has blocked the whole app.
    pub(crate) fn blocked() -> Self {
        Self::new(200, "API access blocked.")
    }

    /// A permission lacks for writing.
    pub(crate) fn needs_to_write(scope: &str) -> Self {
        Self::coded(200, &format!("Requires {scope} permission to manage the object"))
    }

    /// A permission lacks for reading.
    pub(crate) fn needs_to_read(scope: &str) -> Self {
        Self::coded(10, &format!("This endpoint requires the '{scope}' permission"))
    }

    /// Whether it says that there were too many calls.
    pub(crate) fn is_throttling(&self) -> bool {
        matches!(self.code, 4 | 17 | 32 | 341 | 613 | 80_000..=80_014)
    }

    /// The same as the Instagram host words it.
    pub(crate) fn on_instagram(&self) -> Self {
        let own = matches!(self.code, 190 | 2500) || (self.code == 100 && self.kind == "GraphMethodException");
        if own { self.clone().kind("IGApiException") } else { self.clone() }
    }

    /// The envelope.
    pub(crate) fn body(&self, trace: &str) -> Value {
        let mut error = json!({
            "message": self.message,
            "type": self.kind,
            "code": self.code,
            "fbtrace_id": trace,
        });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        }
        if self.is_throttling() || (matches!(self.code, 1 | 2) && self.status >= 500) {
            error["is_transient"] = json!(true);
        }
        json!({"error": error})
    }

    /// What the `www-authenticate` header says, on refusals of a token.
    pub(crate) fn challenge(&self) -> Option<String> {
        (self.code == 190).then(|| {
            let told: String = self.message.chars().filter(|c| c.is_ascii() && *c != '"').collect();
            format!("OAuth \"Facebook Platform\" \"invalid_token\" \"{told}\"")
        })
    }
}
