use crate::{Answer, deadline::Bounded, service::service};

/// Variables and secrets, named in `UPPER_SNAKE` as environment variables are (Spin's are the same in lower case).
pub trait Config: Send + Sync {
    /// The variable's value. Unset and empty are the same: `None`.
    fn get<'a>(&'a self, name: &'a str) -> Answer<'a, Option<String>>;
}

impl dyn Config + '_ {
    /// Whether a switch is on: `true`, `1`, `yes` or `on`, in any case; `default` where it is unset. Anything else is off:
    /// a switch is named for what it allows, so a misspelled one allows nothing.
    ///
    /// # Errors
    /// When the variables cannot be read.
    pub async fn is_on(&self, name: &str, default: bool) -> Result<bool, crate::OutsideError> {
        Ok(self.get(name).await?.map_or(default, |value| {
            matches!(value.trim().to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on")
        }))
    }
}

service!(Config, config, "config", "Variables and secrets.", bounded);

impl Config for Bounded<dyn Config> {
    fn get<'a>(&'a self, name: &'a str) -> Answer<'a, Option<String>> {
        self.call_by_default(self.service.get(name))
    }
}
