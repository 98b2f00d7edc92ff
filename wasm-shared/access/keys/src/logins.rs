/// `LOGIN_ALLOW`: which accounts at login providers stand for which key, `github:123=alice,oidc:24400320=bob`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logins(Vec<Login>);

/// One account.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Login {
    /// `github` or `oidc`.
    provider: String,
    /// The account's id there.
    subject: String,
    /// The key's name or id.
    key: String,
}

impl Logins {
    /// Reads the list.
    ///
    /// # Errors
    /// The number of the first entry that is not `provider:subject=key`, counted from 1.
    pub fn parse(text: &str) -> Result<Self, usize> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let logins = entries.enumerate().map(|(index, entry)| Login::parse(entry).ok_or(index + 1));
        logins.collect::<Result<_, _>>().map(Self)
    }

    /// The name or id of the key that an account stands for.
    #[must_use]
    pub fn key(&self, provider: &str, subject: &str) -> Option<&str> {
        let login = self.0.iter().find(|login| login.provider == provider && login.subject == subject);
        login.map(|login| login.key.as_str())
    }
}

impl Login {
    /// A subject may hold `:` and `|`, as some providers' do; the key's name begins behind the last `=`.
    fn parse(entry: &str) -> Option<Self> {
        let (provider, rest) = entry.split_once(':')?;
        let (subject, key) = rest.rsplit_once('=')?;
        let (subject, key) = (subject.trim(), key.trim());
        let known = matches!(provider, "github" | "oidc") && !subject.is_empty() && !key.is_empty();
        known.then(|| Self {
            provider: provider.to_owned(),
            subject: subject.to_owned(),
            key: key.to_owned(),
        })
    }
}
