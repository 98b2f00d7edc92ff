use std::collections::BTreeMap;

use network_data::demo;

/// The files that are deployed with the functions, by their path: the documentation page, the OpenAPI document, and the
/// bundled demonstration network. The page's console comes from an npm package and is not among them; without it the page
/// is a plain list.
///
/// # Errors
/// When the demonstration network's table is not a valid network, which a test of `network-data` excludes.
pub fn assets() -> Result<BTreeMap<String, Vec<u8>>, Box<dyn std::error::Error>> {
    let page = [
        ("docs/index.html", include_str!("../../../docs/page/index.html")),
        ("docs/page.js", include_str!("../../../docs/page/page.js")),
    ];
    let mut assets: BTreeMap<String, Vec<u8>> =
        page.into_iter().map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).collect();
    assets.insert("docs/openapi.json".to_owned(), crate::openapi().to_json()?.into_bytes());
    assets.insert("network/bundled.bin".to_owned(), demo::snapshot()?.to_wire());
    Ok(assets)
}
