//! What jobs keep in the archive: `jobs/<id>/<step>-<claim>.<part>`, and `jobs/<id>/output-<claim>.<json|csv>`. Each claim has names
//! of its own, so that a worker that was thought dead overwrites nothing.

use platform::{OutsideError, Platform};

use crate::{Failure, Job, Output, Product};

/// Bytes of a result that is kept in the record and given with it. A larger one lies in the archive.
const LARGEST_INLINE: usize = 32 << 10;

fn folder(id: &str) -> String {
    format!("jobs/{id}/")
}

pub(crate) fn part_key(id: &str, step: usize, token: &str, part: usize) -> String {
    format!("{}{step}-{token}.{part}", folder(id))
}

fn output_key(id: &str, token: &str, extension: &str) -> String {
    format!("{}output-{token}.{extension}", folder(id))
}

pub(crate) async fn store_parts(
    platform: &Platform,
    id: &str,
    step: usize,
    token: &str,
    parts: &[Vec<u8>],
) -> Result<(), OutsideError> {
    for (number, part) in parts.iter().enumerate() {
        platform.archive().put(&part_key(id, step, token, number), part).await?;
    }
    Ok(())
}

/// What a step keeps for its next run.
pub(crate) async fn store_kept(
    platform: &Platform,
    id: &str,
    step: usize,
    token: &str,
    kept: &[u8],
) -> Result<(), OutsideError> {
    platform.archive().put(&part_key(id, step, token, 0), kept).await
}

/// What a step has kept when it said last that it goes on.
pub(crate) async fn kept(platform: &Platform, job: &Job, step: usize) -> Result<Option<Vec<u8>>, Failure> {
    let Some(token) = job.steps.get(step).and_then(|step| step.kept.as_deref()) else { return Ok(None) };
    let kept = platform.archive().get(&part_key(&job.id, step, token, 0)).await?;
    kept.map(Some).ok_or_else(|| Failure::passing("PART_MISSING", "What the job goes on with is not there."))
}

/// Removes what a step had kept before; what stays behind goes with the job.
pub(crate) async fn forget_kept(platform: &Platform, id: &str, step: usize, token: &str) {
    if let Err(error) = platform.archive().delete(&part_key(id, step, token, 0)).await {
        platform::log::warning(platform, "what a job went on with stays until its end", Some(&error));
    }
}

/// Stores a result, unless it is larger than `most` bytes.
pub(crate) async fn store_output(
    platform: &Platform,
    id: &str,
    token: &str,
    product: Product,
    most: usize,
) -> Result<Output, Failure> {
    let bytes = product.json.len();
    let largest = bytes.max(product.csv.as_ref().map_or(0, Vec::len));
    if largest > most {
        return Err(Failure::lasting(
            "RESULT_TOO_LARGE",
            format!(
                "The result has {largest} bytes, and {most} are kept at most: ask for fewer series, a coarser resolution, or fewer \
                 runs."
            ),
        ));
    }
    let mut others = Vec::new();
    if let Some(csv) = &product.csv {
        platform.archive().put(&output_key(id, token, "csv"), csv).await?;
        others.push("text/csv".to_owned());
    }
    let inline = if bytes <= LARGEST_INLINE {
        String::from_utf8(product.json).ok()
    } else {
        platform.archive().put(&output_key(id, token, "json"), &product.json).await?;
        None
    };
    Ok(Output { inline, token: token.to_owned(), bytes, others })
}

/// The result of a job, as JSON or as a table; `None` where it has none, or not in that form.
///
/// # Errors
/// When the archive does not answer.
pub async fn output(platform: &Platform, job: &Job, as_csv: bool) -> Result<Option<Vec<u8>>, OutsideError> {
    let Some(output) = &job.output else { return Ok(None) };
    if as_csv && output.others.is_empty() {
        return Ok(None);
    }
    match &output.inline {
        Some(inline) if !as_csv => Ok(Some(inline.clone().into_bytes())),
        _ => {
            let extension = if as_csv { "csv" } else { "json" };
            platform.archive().get(&output_key(&job.id, &output.token, extension)).await
        }
    }
}

/// Removes what a job has in the archive; of a completed one all but its result, unless `all` is to go.
pub(crate) async fn remove(platform: &Platform, job: &Job, all: bool) -> Result<(), OutsideError> {
    let kept = job.output.as_ref().filter(|_| !all).map(|output| output.token.as_str());
    // A job of one step that has kept nothing has nothing else there.
    if kept.is_some() && job.chunks() == 0 && job.steps.iter().all(|step| step.kept.is_none()) {
        return Ok(());
    }
    for key in platform.archive().list(&folder(&job.id)).await? {
        let is_kept = kept.is_some_and(|token| key.contains(&format!("/output-{token}.")));
        if !is_kept {
            platform.archive().delete(&key).await?;
        }
    }
    Ok(())
}
