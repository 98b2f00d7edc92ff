//! Pages for people: plain HTML without scripts, readable in light and dark, that no other page can frame.

/// A page with its headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The HTML.
    pub body: String,
}

const STYLE: &str = "\
:root{color-scheme:light dark;--text:#1b1f24;--soft:#57606a;--back:#f6f8fa;--card:#fff;--line:#d0d7de;--accent:#0b5cad;--on:#fff;--warn:#8a4600;--bad:#b00020}\
@media(prefers-color-scheme:dark){:root{--text:#e6edf3;--soft:#9da7b3;--back:#0d1117;--card:#161b22;--line:#3d444d;--accent:#79b8ff;--on:#0d1117;--warn:#f0b429;--bad:#ff9aa2}}\
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}\
main{max-width:32rem;margin:2rem auto;padding:1.5rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem}\
h1{font-size:1.35rem;line-height:1.3;margin:0 0 1rem}h2{font-size:1rem;margin:1.5rem 0 .5rem}p{margin:.5rem 0}\
dl{margin:1rem 0;display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}\
fieldset{border:1px solid var(--line);border-radius:.5rem;margin:1rem 0;padding:.5rem 1rem}legend{padding:0 .25rem;font-weight:600}\
fieldset label{display:flex;gap:.6rem;padding:.3rem 0}fieldset input{width:1.1rem;height:1.1rem;margin:.2rem 0 0;flex:none;accent-color:var(--accent)}\
.key{display:block;font-weight:600}.key+input{width:100%;font:inherit;padding:.6rem;margin:.3rem 0;border:1px solid var(--soft);border-radius:.5rem;background:var(--back);color:inherit}\
.buttons{display:flex;gap:.75rem;margin-top:1.25rem;flex-wrap:wrap}button{font:inherit;font-weight:600;padding:.6rem 1.2rem;border-radius:.5rem;border:1px solid var(--accent);cursor:pointer;flex:1;background:none;color:var(--accent)}\
button.main{background:var(--accent);color:var(--on)}:focus-visible{outline:3px solid var(--accent);outline-offset:2px}\
.soft{color:var(--soft);font-size:.9rem}.warn{border-left:4px solid var(--warn);padding-left:.75rem}.bad{border-left:4px solid var(--bad);padding-left:.75rem;color:var(--bad)}.warn,.bad{margin:1rem 0}\
@media(max-width:26rem){main{margin:0;border:0;border-radius:0;min-height:100vh}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}";

impl Page {
    /// A page whose forms go to this server and may lead on to these origins.
    pub(crate) fn new(status: u16, title: &str, content: &str, leads_to: &[&str]) -> Self {
        // Chrome applies `form-action` to where the answer of a form redirects, too.
        let leads_to: String = leads_to.iter().flat_map(|origin| [" ", origin]).collect();
        let policy = format!(
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'{leads_to}; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        let title = escape(title);
        let body = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><meta name=\"robots\" content=\"noindex\">\
             <title>{title} - MechaFil Edge</title><style>{STYLE}</style></head><body><main><h1>{title}</h1>{content}</main></body></html>"
        );
        let headers = vec![
            ("content-type", "text/html; charset=utf-8".to_owned()),
            ("content-security-policy", policy),
            ("x-frame-options", "DENY".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
            // Not `no-referrer`: under that, browsers send `Origin: null` with the form, and the form is refused.
            ("referrer-policy", "same-origin".to_owned()),
            ("cache-control", "no-store".to_owned()),
        ];
        Self { status, headers, body }
    }
}

/// A page that says why the request cannot be shown for consent, with status 400.
#[must_use]
pub fn refusal(why: &str) -> Page {
    notice(400, why)
}

/// A page that says why a sign-in ends here.
#[must_use]
pub fn notice(status: u16, why: &str) -> Page {
    let content = format!(
        "<p class=\"bad\" role=\"alert\">{}</p><p class=\"soft\">You can close this page. No access was given.</p>",
        escape(why)
    );
    Page::new(status, "This sign-in cannot go on", &content, &[])
}

/// Text as it may stand in HTML, in content and in quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
