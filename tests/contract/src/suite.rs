//! Turns platforms and cases into trials, and runs them with the look of `cargo test`.

use std::{
    any::Any,
    cell::RefCell,
    env,
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
    sync::Arc,
};

use libtest_mimic::{Arguments, Failed, Trial};

use crate::{
    platforms::{PLATFORMS, Platform},
    scene::{Scene, Service, Stage, is_closed_run},
    times,
};

/// Something that the contract says, asked of a service.
pub struct Case {
    /// What a user would notice, after the part of the contract: `simulate::weekly_dates_are_true_mondays`.
    pub name: String,
    /// How it is asked.
    pub ask: Ask,
}

/// How a case is asked.
pub enum Ask {
    /// Of the service of a scene.
    Scene(Scene, Arc<dyn Fn(&Service) + Send + Sync>),
    /// Of a platform: the case starts servers itself.
    Platform(fn(&'static Platform)),
    /// Of those platforms for which the first function gives no reason against it.
    SomePlatforms(fn(&'static Platform) -> Result<(), &'static str>, fn(&'static Platform)),
    /// Of nobody, for a reason: it is listed as ignored.
    Nobody(&'static str),
}

impl Case {
    /// A case in a scene.
    pub fn new(
        name: impl Into<String>,
        scene: Scene,
        ask: impl Fn(&Service) + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), ask: Ask::Scene(scene, Arc::new(ask)) }
    }

    /// The case, or one that is listed as ignored where something that it needs is missing.
    #[must_use]
    pub fn needing(self, needed: Result<(), &'static str>) -> Self {
        match needed {
            Ok(()) => self,
            Err(reason) => Self { ask: Ask::Nobody(reason), ..self },
        }
    }

    /// A case that asks without a key. The closed run leaves it out, because it sends the operator's key where a case sends none.
    #[must_use]
    pub fn without_key(self) -> Self {
        self.needing(if is_closed_run() { Err("strangers are refused there") } else { Ok(()) })
    }
}

/// Lists functions as cases, named after their module and themselves.
#[macro_export]
macro_rules! cases {
    ($scene:expr => $($name:ident),+ $(,)?) => {
        vec![$($crate::suite::Case::new(
            concat!(module_path!(), "::", stringify!($name)),
            $scene,
            $name,
        )),+]
    };
}

/// Runs the cases on the platforms that the environment chooses, and `others` besides.
#[must_use]
pub fn main(cases: Vec<Case>, others: Vec<Trial>) -> ExitCode {
    panic::set_hook(Box::new(|panic| LAST_PANIC.set(Some(panic.to_string()))));
    let arguments = Arguments::from_args();
    let mut stages = Vec::new();
    let trials = match env::var("CONTRACT_BASE_URL") {
        Ok(base_url) => of_deployed(&base_url, cases),
        Err(_) => of_platforms(cases, &mut stages).into_iter().chain(others).collect(),
    };
    let conclusion = libtest_mimic::run(&arguments, trials);
    for stage in stages {
        stage.clear();
    }
    times::print();
    conclusion.exit_code()
}

fn of_platforms(cases: Vec<Case>, stages: &mut Vec<Arc<Stage>>) -> Vec<Trial> {
    let chosen = env::var("CONTRACT_PLATFORMS").ok();
    let chosen: Option<Vec<_>> = chosen.as_ref().map(|names| names.split(',').map(str::trim).collect());
    let mut trials = Vec::new();
    for name in chosen.iter().flatten() {
        if !PLATFORMS.iter().any(|platform| platform.name == *name) {
            let known = PLATFORMS.map(|platform| platform.name).join(", ");
            let reason = format!("CONTRACT_PLATFORMS names {name}, which is none of {known}");
            trials.push(trial(format!("{name}::is_a_platform"), move || panic!("{reason}")));
        }
    }
    let cases: Vec<_> = cases.into_iter().map(Arc::new).collect();
    for platform in &PLATFORMS {
        let wanted = chosen.as_ref().map(|names| names.contains(&platform.name));
        match (wanted, (platform.ready)()) {
            (Some(false), _) => {}
            (None | Some(true), Ok(())) => {
                let stage = Arc::new(Stage::new(platform));
                stages.push(Arc::clone(&stage));
                trials.extend(
                    cases.iter().map(|case| of_platform(platform, Arc::clone(&stage), Arc::clone(case))),
                );
            }
            (None, Err(reason)) if platform.name != "memory" => {
                eprintln!("{} is not asked: {reason}", platform.name);
                trials.push(ignored(format!("{}::is_built", platform.name), "not built"));
            }
            (None | Some(true), Err(reason)) => {
                trials.push(trial(format!("{}::is_built", platform.name), move || panic!("{reason}")));
            }
        }
    }
    trials
}

fn of_platform(platform: &'static Platform, stage: Arc<Stage>, case: Arc<Case>) -> Trial {
    let name = format!("{}::{}", platform.name, short(&case.name));
    let reason_against = match case.ask {
        Ask::Scene(..) | Ask::Platform(_) => Ok(()),
        Ask::SomePlatforms(applies, _) => applies(platform),
        Ask::Nobody(reason) => Err(reason),
    };
    if let Err(reason) = reason_against {
        return ignored(name, reason);
    }
    trial(name, move || match &case.ask {
        Ask::Scene(scene, ask) => stage.play(*scene, &**ask),
        Ask::Platform(ask) | Ask::SomePlatforms(_, ask) => ask(platform),
        Ask::Nobody(reason) => panic!("{reason}"),
    })
}

/// A trial that is not run and says why.
fn ignored(name: String, reason: &'static str) -> Trial {
    trial(name, || ()).with_kind(reason).with_ignored_flag(true)
}

/// The cases that change nothing, of a service that somebody else started.
fn of_deployed(base_url: &str, cases: Vec<Case>) -> Vec<Trial> {
    let key = env::var("CONTRACT_ADMIN_KEY").ok().filter(|key| !key.is_empty());
    let service = match Service::deployed(base_url, key) {
        Ok(service) => Arc::new(service),
        Err(error) => return vec![trial("deployed::answers".to_owned(), move || panic!("{error}"))],
    };
    let asked = |case: Case| {
        let Ask::Scene(scene, ask) = case.ask else { return None };
        let can_be_asked =
            scene == Scene::AnyNetwork || (scene == Scene::Imported && service.knows_its_network());
        let service = Arc::clone(&service);
        can_be_asked.then(|| trial(format!("deployed::{}", short(&case.name)), move || ask(&service)))
    };
    cases.into_iter().filter_map(asked).collect()
}

/// Without the name of the crate of the cases.
fn short(name: &str) -> &str {
    name.strip_prefix("contract::").unwrap_or(name)
}

thread_local! {
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A trial that fails by a panic and shows where it was.
pub fn trial(name: String, run: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name.clone(), move || {
        times::noted(&name, || panic::catch_unwind(AssertUnwindSafe(run))).map_err(|payload| {
            let shown = LAST_PANIC.take();
            Failed::from(shown.unwrap_or_else(|| message_of(&*payload)))
        })
    })
}

/// What a panic said.
#[must_use]
pub fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message").to_owned()
}
