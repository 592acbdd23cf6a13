use std::collections::BTreeSet;

use secrecy::{ExposeSecret, SecretString};

use super::StoreUnderTest;
use super::desk::{Desk, at, draft};
use crate::model::sync::ConnectionId;
use crate::secrets::{Key, OWN_HOSTS, Rekeying, SealedOf, Sealing, Vault};
use crate::store::{ConnectionDraft, RowsOfRemoved, StoreError};

fn key(byte: u8) -> Key {
    Key::parse(&format!("{byte:02x}").repeat(32)).expect("a key")
}

fn sealing(key: &Key, values: &[(&str, Option<&str>)]) -> Sealing {
    let vault = Vault::new(key.clone(), "here", &BTreeSet::new());
    let values = values.iter().map(|(name, value)| (name.to_string(), value.map(SecretString::from))).collect();
    vault.sealing(OWN_HOSTS, values, at(0)).expect("an open vault seals")
}

/// As `connection: name=secret …` for each connection that has credentials.
fn opened(key: &Key, all: &SealedOf) -> Vec<String> {
    let vault = Vault::new(key.clone(), "here", &BTreeSet::new());
    let of_one = |(id, sealed): (&ConnectionId, _)| {
        let credentials = vault.open(*id, OWN_HOSTS, sealed);
        let shown = |name: &String| match credentials.get(name) {
            Ok(secret) => format!(" {name}={}", secret.expose_secret()),
            Err(_) => format!(" {name} is closed"),
        };
        format!("{id}:{}", sealed.keys().map(shown).collect::<String>())
    };
    all.iter().map(of_one).collect()
}

impl Desk {
    async fn keyed(&self, label: &str, values: &[(&str, Option<&str>)]) -> ConnectionId {
        let draft = ConnectionDraft { credentials: sealing(&key(1), values), ..draft(label) };
        self.store.put_connection(draft).await.expect("a connection").id
    }

    async fn opened(&self) -> Vec<String> {
        opened(&key(1), &self.store.credentials(None).await.expect("the credentials"))
    }
}

pub async fn credentials_are_sealed_for_their_connection(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    desk.add("none").await;
    let one = desk.keyed("one", &[("key", Some("k1")), ("secret", Some("s1"))]).await;
    let two = desk.keyed("two", &[("key", Some("k2"))]).await;
    assert_eq!(desk.opened().await, [format!("{one}: key=k1 secret=s1"), format!("{two}: key=k2")]);
    let of_two = desk.store.credentials(Some(two)).await.unwrap();
    assert_eq!(opened(&key(1), &of_two), [format!("{two}: key=k2")]);
    assert_eq!(desk.store.sealed_with().await.unwrap(), [key(1).id()].into());
    let rows = desk.everything().await.join("\n");
    for (_, sealed) in of_two[&two].iter() {
        let text = serde_json::to_string(sealed).unwrap();
        let sealed = text.split('"').max_by_key(|part| part.len()).unwrap();
        assert!(!rows.contains(sealed), "not even sealed are they among the rows that can be queried");
    }
}

pub async fn an_edit_sets_and_erases_what_it_names(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let id = desk.keyed("one", &[("key", Some("k")), ("secret", Some("s"))]).await;
    let edit = async |values: &[(&str, Option<&str>)]| {
        let draft = ConnectionDraft { id: Some(id), credentials: sealing(&key(1), values), ..draft("one") };
        desk.store.put_connection(draft).await.map(drop)
    };
    edit(&[]).await.unwrap();
    assert_eq!(desk.opened().await, [format!("{id}: key=k secret=s")]);
    edit(&[("secret", Some("s2")), ("third", Some("t"))]).await.unwrap();
    assert_eq!(desk.opened().await, [format!("{id}: key=k secret=s2 third=t")]);
    edit(&[("key", None), ("third", None), ("never", None)]).await.unwrap();
    assert_eq!(desk.opened().await, [format!("{id}: secret=s2")]);
    edit(&[("secret", None)]).await.unwrap();
    assert_eq!(desk.opened().await, [""; 0]);
}

pub async fn a_refused_draft_leaves_credentials_alone(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let one = desk.keyed("one", &[("key", Some("k1"))]).await;
    let two = desk.keyed("two", &[("key", Some("k2"))]).await;
    let before = desk.opened().await;
    for (id, label) in [(None, "one"), (Some(two), "one"), (Some(999), "new")] {
        let credentials = sealing(&key(1), &[("key", Some("other"))]);
        let refused = desk.store.put_connection(ConnectionDraft { id, credentials, ..draft(label) }).await;
        assert!(matches!(refused, Err(StoreError::LabelTaken(_) | StoreError::UnknownConnection(_))), "{refused:?}");
    }
    assert_eq!(desk.opened().await, before);

    desk.store.remove_connection(one, RowsOfRemoved::Keep, at(1)).await.unwrap();
    assert_eq!(desk.opened().await, [format!("{two}: key=k2")], "a removal erases them");
}

pub async fn credentials_outlive_reopening(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let one = desk.keyed("one", &[("key", Some("k1"))]).await;
    let gone = desk.keyed("gone", &[("key", Some("k2"))]).await;
    desk.store.remove_connection(gone, RowsOfRemoved::Delete, at(1)).await.unwrap();
    drop(desk);
    let desk = Desk { store: place.open(at(50)).await };
    assert_eq!(desk.opened().await, [format!("{one}: key=k1")]);
    let again = desk.add("again").await;
    assert_eq!(desk.store.credentials(Some(again.id)).await.unwrap(), SealedOf::new());
}

pub async fn a_new_key_takes_all_credentials_or_none(place: &impl StoreUnderTest) {
    let desk = Desk::at(place).await;
    let one = desk.keyed("one", &[("key", Some("k1")), ("secret", Some("s1"))]).await;
    let two = desk.keyed("two", &[("key", Some("k2"))]).await;
    let rekey = async |from: Option<u8>, to: u8| {
        let rekeying = Rekeying { from: from.map(key), to: key(to) };
        (desk.store.rekey(rekeying).await, desk.store.credentials(None).await.unwrap())
    };
    let (resealed, all) = rekey(Some(1), 2).await;
    assert_eq!(resealed.unwrap(), 3);
    assert_eq!(opened(&key(2), &all), [format!("{one}: key=k1 secret=s1"), format!("{two}: key=k2")]);

    let third = desk.keyed("third", &[("key", Some("k3"))]).await;
    let before = desk.store.credentials(None).await.unwrap();
    let (refused, all) = rekey(Some(2), 4).await;
    assert!(matches!(refused, Err(StoreError::Seal(_))), "{refused:?}");
    assert_eq!(all, before, "one of {third} has another key, so none was sealed anew");

    let (erased, all) = rekey(None, 5).await;
    assert_eq!((erased.unwrap(), all), (0, SealedOf::new()));
    drop(desk);
    let desk = Desk { store: place.open(at(50)).await };
    assert_eq!(desk.store.credentials(None).await.unwrap(), SealedOf::new());
}
