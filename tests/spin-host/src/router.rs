//! Which component serves a path. `routefinder` does the matching, as in Spin: an exact route goes before a wildcard,
//! a longer prefix before a shorter one, and a trailing slash makes no difference.

use wasmtime::{Result, bail, format_err};

/// The routes of an application.
pub(crate) struct Router(routefinder::Router<Route>);

struct Route {
    pattern: String,
    component: String,
}

/// The route that a path was found to belong to.
pub(crate) struct Match<'a> {
    /// The component that serves the route.
    pub(crate) component: &'a str,
    /// The route as the manifest writes it.
    pub(crate) route: &'a str,
    /// What the wildcard stands for, with its leading slash; empty for an exact route.
    pub(crate) path_info: String,
}

impl Router {
    /// Builds the router from pairs of a route and a component id.
    ///
    /// # Errors
    ///
    /// When a route cannot be parsed, is given twice, or lies under `/.well-known/spin/`, which Spin keeps for itself.
    pub(crate) fn new<'a>(routes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let mut router = routefinder::Router::new();
        let mut seen = std::collections::HashSet::new();
        for (pattern, component) in routes {
            if !seen.insert(pattern.trim_end_matches('/')) {
                bail!("the route {pattern:?} is given twice");
            }
            if pattern.starts_with(crate::server::WELL_KNOWN) {
                bail!("the route {pattern:?} is reserved for Spin itself");
            }
            let spec = match pattern.strip_suffix("/...") {
                Some(prefix) => format!("{prefix}/*"),
                None => pattern.to_owned(),
            };
            let route = Route { pattern: pattern.to_owned(), component: component.to_owned() };
            router.add(spec, route).map_err(|error| format_err!("the route {pattern:?}: {error}"))?;
        }
        Ok(Self(router))
    }

    /// The route that serves `path`.
    #[must_use]
    pub(crate) fn find(&self, path: &str) -> Option<Match<'_>> {
        let found = self.0.best_match(path)?;
        let route = found.handler();
        let path_info = found.captures().wildcard().map_or_else(String::new, |rest| {
            let slash_before = if rest.is_empty() { "" } else { "/" };
            let slash_after = if path.ends_with('/') { "/" } else { "" };
            format!("{slash_before}{rest}{slash_after}")
        });
        Some(Match { component: &route.component, route: &route.pattern, path_info })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router() -> Router {
        Router::new([
            ("/", "root"),
            ("/simulate/...", "simulate"),
            ("/simulate/full", "full"),
            ("/api/...", "api"),
            ("/api/jobs/...", "jobs"),
        ])
        .unwrap()
    }

    fn component(path: &str) -> Option<String> {
        router().find(path).map(|found| found.component.to_owned())
    }

    #[test]
    fn the_most_specific_route_serves_a_path() {
        assert_eq!(component("/").as_deref(), Some("root"));
        assert_eq!(component("/simulate").as_deref(), Some("simulate"));
        assert_eq!(component("/simulate/").as_deref(), Some("simulate"));
        assert_eq!(component("/simulate/full").as_deref(), Some("full"));
        assert_eq!(component("/simulate/full/").as_deref(), Some("full"));
        assert_eq!(component("/simulate/full-with-history").as_deref(), Some("simulate"));
        assert_eq!(component("/api/jobs/7/events").as_deref(), Some("jobs"));
        assert_eq!(component("/api/admin/keys").as_deref(), Some("api"));
        assert_eq!(component("/elsewhere"), None);
        assert_eq!(component("/simulated"), None);
    }

    #[test]
    fn path_info_is_what_the_wildcard_stands_for() {
        let router = router();
        let path_info = |path: &str| router.find(path).unwrap().path_info;
        assert_eq!(path_info("/simulate"), "");
        assert_eq!(path_info("/simulate/"), "/");
        assert_eq!(path_info("/simulate/a/b"), "/a/b");
        assert_eq!(path_info("/simulate/a/b/"), "/a/b/");
        assert_eq!(path_info("/simulate/full"), "");
    }

    /// Of a slash before a dot the router keeps the dot only: `/mcp/.well-known` is `/mcp.well-known` to it.
    #[test]
    fn a_folder_with_a_dot_before_its_name_is_found_by_a_parameter() {
        let asked = "/mcp/.well-known/openid-configuration";
        for (route, serves) in [(asked, "docs"), ("/mcp/:folder/openid-configuration", "sign-in")] {
            let router = Router::new([("/...", "docs"), ("/mcp", "mcp"), (route, "sign-in")]).unwrap();
            assert_eq!(router.find(asked).unwrap().component, serves, "{route}");
        }
    }

    #[test]
    fn a_route_given_twice_is_refused() {
        let error = Router::new([("/a", "one"), ("/a/", "two")]).err().unwrap();
        assert!(error.to_string().contains("twice"), "{error}");
    }
}
