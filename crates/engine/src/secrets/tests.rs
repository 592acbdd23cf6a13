use super::*;

use secrecy::ExposeSecret;

const SECRET: &str = "hunter2-but-longer";

fn key(byte: u8) -> Key {
    Key::parse(&format!("{byte:02x}").repeat(32)).unwrap()
}

fn vault(key: Key) -> Vault {
    Vault::new(key, "FOLIOSYNC_KEY", &BTreeSet::new())
}

fn sealed(vault: &Vault, connection: ConnectionId, origin: &str) -> BTreeMap<String, Sealed> {
    let values = [("api_key".to_string(), Some(SECRET.into()))].into();
    vault.sealing(origin, values, Timestamp::UNIX_EPOCH).unwrap().seal(connection, None).unwrap()
}

#[test]
fn a_key_is_read_in_every_usual_form() {
    let id = key(0xfb).id();
    for text in [
        "fb".repeat(32),
        "FB".repeat(32),
        format!("  {}\n", "fb".repeat(32)),
        "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=".to_string(),
        "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s".to_string(),
        "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s=".to_string(),
    ] {
        assert_eq!(Key::parse(&text).map(|key| key.id()), Ok(id.clone()), "{text}");
    }
    for text in ["", "secret", &"fb".repeat(31), &"fb".repeat(33), &"zz".repeat(32), &"+".repeat(44)] {
        assert_eq!(Key::parse(text).map(|key| key.id()), Err(KeyError::Malformed), "{text}");
    }
    let random = Key::random().unwrap();
    assert_eq!(Key::parse(random.to_text().expose_secret()).unwrap().id(), random.id());
    assert_ne!(random.id(), Key::random().unwrap().id());
}

/// Ids stand in files and messages, so they may never change.
#[test]
fn the_id_of_a_key_stays() {
    insta::assert_snapshot!(key(1).id(), @"5d0c1c55");
}

#[test]
fn what_is_sealed_opens_in_its_place_and_nowhere_else() {
    let vault = vault(key(1));
    let one = sealed(&vault, 7, OWN_HOSTS);
    let opened = vault.open(7, OWN_HOSTS, &one);
    assert!(opened.are_open());
    assert_eq!(opened.get("api_key").unwrap().expose_secret(), SECRET);
    assert_ne!(one, sealed(&vault, 7, OWN_HOSTS), "each seal has its own nonce");

    let told = |vault: &Vault, connection, origin: &str, sealed: &BTreeMap<String, Sealed>| {
        let credentials = vault.open(connection, origin, sealed);
        assert!(!credentials.are_open());
        credentials.get("api_key").unwrap_err()
    };
    insta::assert_snapshot!(told(&vault, 8, OWN_HOSTS, &one), @"locked: `api_key` is damaged, or was moved here from another connection; give it again");
    insta::assert_snapshot!(told(&vault, 7, "https://evil.example", &one), @"locked: `api_key` was given for another host (the provider's own) than the one it would be sent to now (https://evil.example); give it again: foliosync connect edit LABEL --credential api_key=@FILE");
    insta::assert_snapshot!(told(&self::vault(key(2)), 7, OWN_HOSTS, &one), @"locked: `api_key` was sealed with the key 5d0c1c55, and the key in use is 0fd2eef3");
    insta::assert_snapshot!(told(&Vault::Locked { why: "there is no key".into() }, 7, OWN_HOSTS, &one), @"locked: there is no key; start the server with the right key");
    let mut forged = one.clone();
    forged.values_mut().for_each(|sealed| sealed.origin = "https://evil.example".into());
    insta::assert_snapshot!(told(&vault, 7, "https://evil.example", &forged), @"locked: `api_key` is damaged, or was moved here from another connection; give it again");
    insta::assert_snapshot!(opened.get("secret").unwrap_err(), @"the credential `secret` is missing; give it: foliosync connect edit LABEL --credential secret=@FILE");
}

#[test]
fn a_key_that_fits_nothing_locks() {
    let sealed_with = |ids: &[&str]| ids.iter().map(|id| id.to_string()).collect::<BTreeSet<_>>();
    let check = |ids: &[&str], open: bool| {
        let vault = Vault::new(key(1), "FOLIOSYNC_KEY", &sealed_with(ids));
        assert_eq!(matches!(vault, Vault::Open { .. }), open, "{ids:?}");
        vault
    };
    check(&[], true);
    check(&[&key(1).id()], true);
    check(&[&key(1).id(), "00000000"], true);
    let Vault::Locked { why } = check(&["00000000"], false) else { return };
    insta::assert_snapshot!(why, @"the credentials were sealed with the key 00000000, and the key in FOLIOSYNC_KEY is 5d0c1c55");
}

#[test]
fn changes_keep_what_they_do_not_name() {
    let vault = vault(key(1));
    let before = sealed(&vault, 7, OWN_HOSTS);
    let change = |values: &[(&str, Option<&str>)]| {
        let values = values.iter().map(|(name, value)| (name.to_string(), value.map(SecretString::from))).collect();
        let sealing = vault.sealing(OWN_HOSTS, values, Timestamp::UNIX_EPOCH).unwrap();
        let after = sealing.seal(7, Some(&before)).unwrap();
        after.into_keys().collect::<Vec<_>>()
    };
    assert_eq!(change(&[]), ["api_key"]);
    assert_eq!(change(&[("secret", Some("x"))]), ["api_key", "secret"]);
    assert_eq!(change(&[("api_key", None)]), [""; 0]);
    let locked = Vault::Locked { why: "there is no key".into() };
    let erase = [("api_key".to_string(), None)].into();
    assert!(locked.sealing(OWN_HOSTS, erase, Timestamp::UNIX_EPOCH).is_ok(), "erasing needs no key");
    let set = [("api_key".to_string(), Some("x".into()))].into();
    assert_eq!(locked.sealing(OWN_HOSTS, set, Timestamp::UNIX_EPOCH).unwrap_err(), "there is no key");
}

#[test]
fn rekeying_takes_all_or_none() {
    let (old, new) = (vault(key(1)), vault(key(2)));
    let mut all: SealedOf = [(7, sealed(&old, 7, OWN_HOSTS)), (8, sealed(&old, 8, "http://127.0.0.1:1"))].into();
    let rekeying = Rekeying { from: Some(key(1)), to: key(2) };
    let resealed = rekeying.apply(&all).unwrap();
    for (connection, origin) in [(7, OWN_HOSTS), (8, "http://127.0.0.1:1")] {
        assert!(new.open(connection, origin, &resealed[&connection]).are_open());
        assert!(!old.open(connection, origin, &resealed[&connection]).are_open());
    }
    all.insert(9, sealed(&new, 9, OWN_HOSTS));
    insta::assert_snapshot!(rekeying.apply(&all).unwrap_err(), @"`api_key` of connection 9 does not open with the key so far: `api_key` was sealed with the key 0fd2eef3, and the key in use is 5d0c1c55");
    assert!(Rekeying { from: None, to: key(2) }.apply(&all).unwrap().is_empty());
}

#[test]
fn nothing_shows_a_secret() {
    let vault = vault(key(1));
    let one = sealed(&vault, 7, OWN_HOSTS);
    let values = [("api_key".to_string(), Some(SecretString::from(SECRET)))].into();
    let sealing = vault.sealing(OWN_HOSTS, values, Timestamp::UNIX_EPOCH).unwrap();
    let rekeying = Rekeying { from: Some(key(1)), to: key(2) };
    let shown = format!("{vault:?} {one:?} {:?} {sealing:?} {rekeying:?}", vault.open(7, OWN_HOSTS, &one));
    assert!(!shown.contains(SECRET) && !shown.contains("0101"), "{shown}");
}

#[test]
fn an_origin_is_scheme_host_and_port() {
    for (url, origin) in [
        ("https://API.Example.com/v3/", "https://api.example.com"),
        ("https://api.example.com:443", "https://api.example.com"),
        ("http://127.0.0.1:1234/fmp?x#y", "http://127.0.0.1:1234"),
        ("https://user:pass@api.example.com/", "https://api.example.com"),
        ("http://[::1]:80/x", "http://[::1]"),
    ] {
        assert_eq!(origin_of(url), origin);
    }
}
