//! Application variables and the templates that hand them to components.

use std::collections::{BTreeMap, HashMap};

use wasmtime::{
    Error as Failure, Result, bail,
    component::{Accessor, HasSelf},
    ensure,
    error::Context as _,
};

use crate::{
    bindings::spin::variables::variables::{Error, Host, HostWithStore},
    component::State,
    manifest::Variable,
};

/// The values of the application's variables.
#[derive(Debug)]
pub(crate) struct Values(BTreeMap<String, String>);

impl Values {
    /// Gives every declared variable its value: from `given`, or else from the `environment` variable `SPIN_VARIABLE_`
    /// and its name in capitals, or else its default.
    ///
    /// # Errors
    ///
    /// When a required variable was not given, or a given one is not declared.
    pub(crate) fn new(
        declared: &BTreeMap<String, Variable>,
        given: &BTreeMap<String, String>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        for name in given.keys() {
            ensure!(declared.contains_key(name), "the manifest declares no variable {name:?}");
        }
        let mut values = BTreeMap::new();
        for (name, variable) in declared {
            check_name(name).map_err(Failure::msg)?;
            let key = format!("SPIN_VARIABLE_{}", name.to_uppercase());
            let value =
                given.get(name).cloned().or_else(|| environment(&key)).or_else(|| variable.default.clone());
            let value = value.with_context(|| {
                format!("variable {name:?} is required: give it with --variable {name}=... or {key}")
            })?;
            values.insert(name.clone(), value);
        }
        Ok(Self(values))
    }

    /// Replaces each `{{ name }}` in `template` by the variable's value.
    ///
    /// # Errors
    ///
    /// When braces are not closed or a variable is not declared.
    pub(crate) fn fill(&self, template: &str) -> Result<String> {
        let mut filled = String::new();
        let mut rest = template;
        while let Some((literal, after)) = rest.split_once("{{") {
            let Some((name, remainder)) = after.split_once("}}") else {
                bail!("the template {template:?} opens braces that it does not close");
            };
            let name = name.trim();
            let Some(value) = self.0.get(name) else {
                bail!("the template {template:?} names {name:?}, which the manifest does not declare");
            };
            filled.push_str(literal);
            filled.push_str(value);
            rest = remainder;
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

/// The variables that one component sees, filled in.
#[derive(Debug)]
pub(crate) struct ComponentVariables {
    component: String,
    values: HashMap<String, String>,
}

impl ComponentVariables {
    /// Fills in the templates of the component with the id `component`.
    ///
    /// # Errors
    ///
    /// When a name is not one that Spin takes, or a template cannot be filled.
    pub(crate) fn new(
        component: &str,
        templates: &BTreeMap<String, String>,
        values: &Values,
    ) -> Result<Self> {
        let filled = templates.iter().map(|(name, template)| {
            check_name(name).map_err(Failure::msg)?;
            Ok((name.clone(), values.fill(template).with_context(|| format!("variable {name:?}"))?))
        });
        Ok(Self { component: component.to_owned(), values: filled.collect::<Result<_>>()? })
    }

    fn get(&self, name: &str) -> Result<String, Error> {
        check_name(name).map_err(Error::InvalidName)?;
        let undefined = || Error::Undefined(format!("no variable for {:?}.{name:?}", self.component));
        self.values.get(name).cloned().ok_or_else(undefined)
    }
}

/// Spin's rule for the names of variables, which lets them be environment variables too.
fn check_name(name: &str) -> Result<(), String> {
    let allowed =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_';
    let reason = if !name.chars().all(allowed) {
        "it may contain only lower-case letters, digits and underscores"
    } else if !name.starts_with(|first: char| first.is_ascii_lowercase()) {
        "it must start with a lower-case letter"
    } else if name.ends_with('_') || name.contains("__") {
        "its underscores must stand alone, between other characters"
    } else {
        return Ok(());
    };
    Err(format!("{name:?} is no name of a variable: {reason}"))
}

impl Host for State {}

impl HostWithStore for HasSelf<State> {
    async fn get<T>(accessor: &Accessor<T, Self>, name: String) -> Result<Result<String, Error>> {
        Ok(accessor.with(|mut access| access.get().grants.variables.get(&name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Manifest;

    fn declared() -> BTreeMap<String, Variable> {
        let manifest: Manifest = r#"
            spin_manifest_version = 2
            application = { name = "a" }
            trigger = {}
            component = {}
            variables = { base = { default = "https://a.example" }, token = { required = true, secret = true } }
        "#
        .parse()
        .unwrap();
        manifest.variables
    }

    fn given_only(pairs: &[(&str, &str)]) -> Result<Values> {
        Values::new(&declared(), &given(pairs), |_| None)
    }

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn a_given_value_goes_before_the_default() {
        let values = given_only(&[("token", "t"), ("base", "http://b")]).unwrap();
        assert_eq!(values.fill("{{base}}/x?{{ token }}").unwrap(), "http://b/x?t");
        let values = given_only(&[("token", "t")]).unwrap();
        assert_eq!(values.fill("{{ base }}").unwrap(), "https://a.example");
    }

    #[test]
    fn the_environment_goes_before_the_default_and_after_what_is_given() {
        let environment = |key: &str| (key == "SPIN_VARIABLE_BASE").then(|| "http://e".to_owned());
        let from_environment = Values::new(&declared(), &given(&[("token", "t")]), environment).unwrap();
        assert_eq!(from_environment.fill("{{ base }}").unwrap(), "http://e");
        let given = given(&[("token", "t"), ("base", "http://b")]);
        assert_eq!(
            Values::new(&declared(), &given, environment).unwrap().fill("{{ base }}").unwrap(),
            "http://b"
        );
    }

    #[test]
    fn a_required_variable_that_is_missing_stops_the_start_and_says_how_to_give_it() {
        let error = given_only(&[]).unwrap_err().to_string();
        assert!(error.contains("--variable token=") && error.contains("SPIN_VARIABLE_TOKEN"), "{error}");
    }

    #[test]
    fn a_variable_that_nobody_declared_is_refused() {
        assert!(given_only(&[("token", "t"), ("tokne", "t")]).is_err());
    }

    #[test]
    fn a_component_sees_only_what_it_lists() {
        let values = given_only(&[("token", "t")]).unwrap();
        let variables = ComponentVariables::new("c", &given(&[("source", "{{ base }}")]), &values).unwrap();
        assert_eq!(variables.get("source").unwrap(), "https://a.example");
        assert!(matches!(variables.get("token"), Err(Error::Undefined(_))));
        assert!(matches!(variables.get("TOKEN"), Err(Error::InvalidName(_))));
    }

    #[test]
    fn a_template_must_be_closed_and_name_a_variable() {
        let values = given_only(&[("token", "t")]).unwrap();
        assert!(values.fill("{{ base").is_err());
        assert!(values.fill("{{ other }}").is_err());
    }
}
