//! The layers of a document.

use agents::{
    definition::Agent,
    document::Kind,
    library::{Layer, Library, Put, bundled, heading_of},
};
use platform::Platform;
use platform_native::memory::World;

async fn put(platform: &Platform, layer: Layer, owner: &str, kind: Kind, id: &str, text: &str) -> Put {
    let library = Library::open(platform).await.unwrap();
    library.put(layer, owner, kind, id, text, heading_of(kind, id, text)).await.unwrap()
}

async fn found(platform: &Platform, owner: &str, kind: Kind, id: &str) -> Option<(Layer, String)> {
    let library = Library::open(platform).await.unwrap();
    library.find(owner, kind, id).await.unwrap().map(|found| (found.layer, found.text))
}

#[tokio::test]
async fn an_owners_own_comes_before_the_operators_and_that_before_the_bundled_one_and_the_registry() {
    let platform = World::default().platform();
    let default = bundled(Kind::Agents, "analyst").unwrap().to_owned();
    assert_eq!(found(&platform, "a", Kind::Agents, "analyst").await, Some((Layer::Default, default.clone())));
    assert_eq!(put(&platform, Layer::Registry, "", Kind::Agents, "analyst", "registry").await, Put::Created);
    assert_eq!(found(&platform, "a", Kind::Agents, "analyst").await, Some((Layer::Default, default.clone())));
    assert_eq!(put(&platform, Layer::Project, "a", Kind::Agents, "analyst", "project").await, Put::Created);
    assert_eq!(put(&platform, Layer::User, "a", Kind::Agents, "analyst", "user").await, Put::Created);
    assert_eq!(put(&platform, Layer::User, "a", Kind::Agents, "analyst", "mine").await, Put::Replaced);
    assert_eq!(found(&platform, "a", Kind::Agents, "analyst").await, Some((Layer::User, "mine".to_owned())));
    assert_eq!(
        found(&platform, "b", Kind::Agents, "analyst").await,
        Some((Layer::Project, "project".to_owned()))
    );

    let library = Library::open(&platform).await.unwrap();
    let listed = library.list("a", Kind::Agents).await.unwrap();
    let analyst = listed.iter().find(|one| one.id == "analyst").unwrap();
    assert_eq!(
        (analyst.layer, analyst.overrides.as_slice()),
        (Layer::User, &[Layer::Project, Layer::Default, Layer::Registry][..])
    );
    assert!(library.delete(Layer::User, "a", Kind::Agents, "analyst").await.unwrap());
    assert!(!library.delete(Layer::User, "a", Kind::Agents, "analyst").await.unwrap());
    assert!(library.delete(Layer::Project, "", Kind::Agents, "analyst").await.unwrap());
    assert_eq!(found(&platform, "a", Kind::Agents, "analyst").await, Some((Layer::Default, default)));
}

#[tokio::test]
async fn what_only_the_registry_has_is_read_from_the_archive_and_gone_when_it_is_taken_away() {
    let world = World::default();
    let platform = world.platform();
    let _ = put(&platform, Layer::Registry, "", Kind::Standards, "house", "# House\n\nRules.").await;
    assert_eq!(
        found(&platform, "a", Kind::Standards, "house").await,
        Some((Layer::Registry, "# House\n\nRules.".to_owned()))
    );
    let library = Library::open(&platform).await.unwrap();
    let keys = platform.archive().list("catalogues/").await.unwrap();
    assert_eq!(keys, ["catalogues/standards/house"]);
    assert!(library.delete(Layer::Registry, "", Kind::Standards, "house").await.unwrap());
    assert_eq!(found(&platform, "a", Kind::Standards, "house").await, None);
    assert!(platform.archive().list("catalogues/").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_layer_takes_two_hundred_documents_and_no_more_whoever_else_has_some() {
    let platform = World::default().platform();
    for number in 0..200 {
        assert_eq!(
            put(&platform, Layer::User, "a", Kind::Commands, &format!("c{number}"), "x").await,
            Put::Created
        );
    }
    assert_eq!(put(&platform, Layer::User, "a", Kind::Agents, "one-more", "x").await, Put::Full(200));
    assert_eq!(put(&platform, Layer::User, "a", Kind::Commands, "c7", "y").await, Put::Replaced);
    assert_eq!(put(&platform, Layer::User, "b", Kind::Agents, "one-more", "x").await, Put::Created);
}

#[tokio::test]
async fn a_search_finds_all_words_and_those_first_that_say_them_in_the_heading() {
    let platform = World::default().platform();
    let _ = put(
        &platform,
        Layer::Project,
        "",
        Kind::Commands,
        "other",
        "---\nname: Other\ndescription: Something.\n---\nAbout the RETURN of power.",
    )
    .await;
    let library = Library::open(&platform).await.unwrap();
    let ids = async |query: &str| -> Vec<String> {
        library.search("a", Kind::Commands, query).await.unwrap().into_iter().map(|one| one.id).collect()
    };
    assert_eq!(ids("Return").await, ["provider-return", "other"]);
    assert_eq!(ids("power return").await, ["other"]);
    assert_eq!(ids("return nonsense").await, Vec::<String>::new());
    assert_eq!(ids("100%").await, Vec::<String>::new(), "a query is words and no pattern");
}

#[test]
fn every_bundled_agent_can_be_read_and_depends_on_bundled_documents_only() {
    for id in ["analyst", "reviewer"] {
        let agent = Agent::read(id, bundled(Kind::Agents, id).unwrap()).unwrap();
        assert!(!agent.tools.is_empty(), "{id}");
        for one in &agent.dependencies {
            assert!(bundled(one.kind, &one.id).is_some(), "{id} depends on {one}");
        }
    }
}
