use crate::{Caller, Limits, Lookup, Refusal, Scopes, address::AddressHash};

/// What an operation requires of its caller. Each operation states one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing: health, documentation, the page's files, `/.well-known/*` and the sign-in paths. A credential is not
    /// looked at, so these cost no look-up and answer whatever is sent with them.
    Open,
    /// All of these scopes.
    Requires(Scopes),
}

/// Where the operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// HTTP.
    Http,
    /// `POST /mcp`, where a refusal asks the host to sign in.
    Mcp,
}

/// `MCP_SIGN_IN`: when an MCP host is asked to sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignIn {
    /// When it wants something that needs a key.
    #[default]
    Optional,
    /// At once.
    Required,
}

/// What the deployment's settings say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// `PUBLIC_ACCESS`: whether anonymous callers may read.
    pub public_access: bool,
    /// `MCP_SIGN_IN`.
    pub sign_in: SignIn,
    /// The limits of an anonymous address.
    pub anonymous: Limits,
}

/// What the guard does with a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Let it through, and count it in the caller's quota.
    Allow(Caller),
    /// 401. `refusal` is `None` where there was no credential.
    Unauthorized {
        /// Why the credential is not good.
        refusal: Option<Refusal>,
        /// All scopes of the operation, for the challenge.
        required: Scopes,
    },
    /// 403 `INSUFFICIENT_SCOPE`.
    Forbidden {
        /// All scopes of the operation, for the challenge.
        required: Scopes,
        /// Those the caller lacks.
        missing: Scopes,
    },
}

/// Decides whether a caller may do what an operation does.
#[must_use]
pub fn decide(
    lookup: Lookup,
    address: AddressHash,
    access: Access,
    surface: Surface,
    policy: Policy,
) -> Decision {
    let Access::Requires(required) = access else {
        return Decision::Allow(Caller::anonymous(address, Scopes::NONE, policy.anonymous));
    };
    let caller = match lookup {
        Lookup::Known(caller) => caller,
        Lookup::Refused(refusal) => return Decision::Unauthorized { refusal: Some(refusal), required },
        Lookup::Anonymous => {
            let open = policy.public_access && (surface, policy.sign_in) != (Surface::Mcp, SignIn::Required);
            let scopes = if open { Scopes::of(&[crate::Scope::Read]) } else { Scopes::NONE };
            // Not 403: with a key the caller may well be allowed, so the answer asks for one.
            if !open || !scopes.contains(required) {
                return Decision::Unauthorized { refusal: None, required };
            }
            Caller::anonymous(address, scopes, policy.anonymous)
        }
    };
    let missing = required.without(caller.scopes);
    if missing.is_empty() { Decision::Allow(caller) } else { Decision::Forbidden { required, missing } }
}
