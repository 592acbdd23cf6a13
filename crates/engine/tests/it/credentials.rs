//! Credentials from the one who gives them to the provider that uses them, and what is told where they do not open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foliosync_engine::clock::Clock;
use foliosync_engine::engine::{ConnectionEdit, EngineError, NewConnection};
use foliosync_engine::files::Files;
use foliosync_engine::http::Http;
use foliosync_engine::model::sync::{Connection, Outcome, SyncOptions};
use foliosync_engine::provider::Reach;
use foliosync_engine::secrets::{Key, Vault};
use foliosync_engine::status::{ConnectionView, Status};
use foliosync_engine::store::Store;
use foliosync_engine::testkit::mem_store::MemStore;
use foliosync_engine::testkit::rig::Rig;
use foliosync_engine::testkit::scripted::{KEYED, ScriptedProvider};

const SECRET: &str = "s3cret-that-is-nowhere";

fn key(byte: u8) -> Key {
    Key::parse(&format!("{byte:02x}").repeat(32)).unwrap()
}

struct World {
    store: Arc<MemStore>,
    provider: Arc<ScriptedProvider>,
}

impl World {
    fn new() -> World {
        World { store: Arc::new(MemStore::empty()), provider: Arc::new(ScriptedProvider::with(&KEYED)) }
    }

    /// A start of the program with a key and base URLs.
    async fn start(&self, byte: u8, base_urls: &[(&str, &str)]) -> Rig {
        let store: Arc<dyn Store> = self.store.clone();
        let vault = Vault::new(key(byte), "FOLIOSYNC_KEY", &store.sealed_with().await.unwrap());
        let reach = Reach { http: Http::offline(Clock::System), files: Files::default() };
        let rig = Rig::on(store, self.provider.clone(), reach, Clock::System).with_vault(vault, base_urls);
        rig.engine.resume_unlocked().await.unwrap();
        rig
    }
}

fn new(credentials: &[(&str, &str)]) -> NewConnection {
    NewConnection {
        provider: "keyed".into(),
        label: "mine".into(),
        credentials: credentials.iter().map(|(name, secret)| (name.to_string(), (*secret).into())).collect(),
        ..NewConnection::default()
    }
}

fn edit(credentials: &[(&str, Option<&str>)]) -> ConnectionEdit {
    let credentials = credentials.iter().map(|(name, secret)| (name.to_string(), secret.map(Into::into)));
    ConnectionEdit { credentials: credentials.collect(), ..ConnectionEdit::default() }
}

async fn connected(rig: &Rig) -> Connection {
    rig.engine.add_connection(new(&[("api_key", SECRET)])).await.unwrap()
}

async fn view(rig: &Rig) -> ConnectionView {
    rig.engine.connection_views().await.unwrap().remove(0)
}

fn told(refused: Result<Connection, EngineError>) -> String {
    match refused {
        Ok(connection) => panic!("{connection:?} was taken"),
        Err(EngineError::Input { message, hint }) => format!("{message} | {hint}"),
        Err(EngineError::Locked { message, hint }) => format!("LOCKED {message} | {hint}"),
        Err(error) => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn a_secret_reaches_its_provider_and_nobody_else() {
    let world = World::new();
    let rig = world.start(1, &[]).await;
    let id = connected(&rig).await.id;
    let synced = rig.sync_to_end(id, SyncOptions::default()).await;
    assert_eq!(synced.run.outcome, Some(Outcome::Ok));
    assert_eq!(world.provider.seen()[0].credentials, [("api_key".to_string(), SECRET.to_string())].into());
    assert!(world.provider.seen()[0].settings.is_empty());

    let view = view(&rig).await;
    let shown = serde_json::to_value(&view).unwrap();
    assert_eq!(shown["credentials"]["api_key"]["set"], true);
    assert!(shown["credentials"]["api_key"]["setAt"].is_string(), "{shown}");
    assert_eq!(shown["credentials"]["passphrase"], serde_json::json!({ "set": false, "setAt": null }));
    assert!(!format!("{shown} {view:?} {:?}", synced.lines).contains(SECRET));

    rig.engine.edit_connection(id, edit(&[("passphrase", Some("p"))])).await.unwrap();
    rig.sync_to_end(id, SyncOptions::default()).await;
    let seen = world.provider.seen().pop().unwrap().credentials;
    assert_eq!(seen, BTreeMap::from([("api_key", SECRET), ("passphrase", "p")].map(|(k, v)| (k.into(), v.into()))));
}

#[tokio::test]
async fn what_is_given_wrong_is_refused_with_what_would_be_right() {
    let world = World::new();
    let rig = world.start(1, &[]).await;
    let add = async |credentials: &[(&str, &str)]| told(rig.engine.add_connection(new(credentials)).await);
    insta::assert_snapshot!(add(&[]).await, @"keyed needs the credential `api_key` | API key: As its account page shows it");
    insta::assert_snapshot!(add(&[("apikey", SECRET)]).await, @"keyed has no credential `apikey` | did you mean `api_key`? keyed takes: api_key, passphrase");
    insta::assert_snapshot!(add(&[("api_key", " \n")]).await, @"`api_key` must have 1 to 4096 characters | As its account page shows it");
    let in_settings = NewConnection { settings: [("api_key".into(), SECRET.into())].into(), ..new(&[]) };
    insta::assert_snapshot!(told(rig.engine.add_connection(in_settings).await), @"`api_key` is a credential and no setting | give it among the credentials, where it is sealed: --credential KEY=@FILE");
    let id = connected(&rig).await.id;
    insta::assert_snapshot!(told(rig.engine.edit_connection(id, edit(&[("api_key", None)])).await), @"keyed needs the credential `api_key` | API key: As its account page shows it");
    rig.engine.edit_connection(id, edit(&[("passphrase", None)])).await.unwrap();
}

#[tokio::test]
async fn with_another_key_it_waits_for_its_user_and_goes_on_with_the_right_one() {
    let world = World::new();
    let id = connected(&world.start(1, &[]).await).await.id;

    let rig = world.start(2, &[]).await;
    rig.sync_to_end(id, SyncOptions::default()).await;
    let locked = view(&rig).await;
    assert_eq!((locked.status, locked.next_attempt_at), (Status::NeedsAttention, None));
    insta::assert_snapshot!(locked.last_sync_error.unwrap(), @"locked: the credentials were sealed with the key 5d0c1c55, and the key in FOLIOSYNC_KEY is 0fd2eef3; start the server with the right key");
    assert!(world.provider.seen().is_empty());
    insta::assert_snapshot!(told(rig.engine.edit_connection(id, edit(&[("api_key", Some("new"))])).await), @"LOCKED credentials are locked: the credentials were sealed with the key 5d0c1c55, and the key in FOLIOSYNC_KEY is 0fd2eef3 | give the server that key and start it again; if it is lost for good, `foliosync rekey --lost` erases the credentials that were sealed with it");
    assert!(matches!(rig.engine.rekey(key(3), "here", false).await, Err(EngineError::Locked { .. })));
    // What needs no key can be changed, as long as it goes on.
    let label = ConnectionEdit { label: Some("other".into()), ..ConnectionEdit::default() };
    rig.engine.edit_connection(id, label).await.unwrap();
    rig.sync_to_end(id, SyncOptions::default()).await;

    let rig = world.start(1, &[]).await;
    assert!(view(&rig).await.next_attempt_at.is_some(), "it is due again by itself");
    let synced = rig.sync_to_end(id, SyncOptions::default()).await;
    assert_eq!((synced.run.outcome, view(&rig).await.status), (Some(Outcome::Ok), Status::Connected));
    let due = view(&rig).await.next_attempt_at;
    assert_eq!(view(&world.start(1, &[]).await).await.next_attempt_at, due, "only once");
}

#[tokio::test]
async fn another_host_gets_nothing() {
    let world = World::new();
    let id = connected(&world.start(1, &[]).await).await.id;
    let rig = world.start(1, &[("keyed", "http://127.0.0.1:99/v3")]).await;
    rig.sync_to_end(id, SyncOptions::default()).await;
    insta::assert_snapshot!(view(&rig).await.last_sync_error.unwrap(), @"locked: `api_key` was given for another host (the provider's own) than the one it would be sent to now (http://127.0.0.1:99); give it again: foliosync connect edit LABEL --credential api_key=@FILE");
    assert!(world.provider.seen().is_empty());
    rig.engine.edit_connection(id, edit(&[("api_key", Some("for the other"))])).await.unwrap();
    assert_eq!(rig.sync_to_end(id, SyncOptions::default()).await.run.outcome, Some(Outcome::Ok));
}

#[tokio::test]
async fn a_new_key_takes_over_at_once() {
    let world = World::new();
    let rig = world.start(1, &[]).await;
    let id = connected(&rig).await.id;
    assert_eq!(rig.engine.rekey(key(2), "there", false).await.unwrap(), 1);
    assert_eq!(rig.sync_to_end(id, SyncOptions::default()).await.run.outcome, Some(Outcome::Ok));
    let sealed_with = rig.store.sealed_with().await.unwrap();
    assert_eq!((sealed_with, rig.engine.vault().await.key_id), (BTreeSet::from([key(2).id()]), Some(key(2).id())));

    assert!(matches!(rig.engine.rekey(key(3), "there", true).await, Err(EngineError::Input { .. })), "not lost");
    let rig = world.start(4, &[]).await;
    assert_eq!(rig.engine.rekey(key(4), "there", true).await.unwrap(), 0);
    rig.sync_to_end(id, SyncOptions::default()).await;
    insta::assert_snapshot!(view(&rig).await.last_sync_error.unwrap(), @"the credential `api_key` is missing; give it: foliosync connect edit LABEL --credential api_key=@FILE");
}
