//! Servers in containers: a Docker host says by labels where they are.

pub use deployments::engine::docker::Labelled;
use deployments::engine::docker::{Docker, Settings};
use platform::{OutsideError, Platform};
use web::settings::{DOCKER_ENGINE_TOKEN, DOCKER_ENGINE_URL};

/// The servers that the Docker host knows, of one name where it is given; else why it is not asked, or does not say.
///
/// # Errors
/// When the platform's variables cannot be read.
pub async fn servers(
    platform: &Platform,
    name: Option<&str>,
) -> Result<Result<Vec<Labelled>, String>, OutsideError> {
    let Some(url) = DOCKER_ENGINE_URL.read(platform).await?.filter(|url| !url.is_empty()) else {
        return Ok(Err("no container engine is asked by this deployment".to_owned()));
    };
    let token = DOCKER_ENGINE_TOKEN.read(platform).await?;
    let docker = Docker::new(platform, &Settings { url, token, publish: String::new() });
    let mut found = match docker.labelled(name).await {
        Ok(found) => found,
        Err(why) => return Ok(Err(why.to_string())),
    };
    // The label is the operator's, and the filter the engine's: neither is believed to be a name.
    found.retain(|one| crate::definition::is_name(&one.name) && name.is_none_or(|name| one.name == name));
    found.sort_by(|one, other| (&one.name, &one.url).cmp(&(&other.name, &other.url)));
    found.truncate(MOST);
    Ok(Ok(found))
}

/// The most containers that are looked at.
const MOST: usize = 100;
