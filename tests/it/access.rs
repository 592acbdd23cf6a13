//! Tokens, log-in links, sessions, and what a server that others can reach must be told.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;

use crate::world::{Answer, Serving, World};

/// Opens a log-in link as a browser's page does.
fn redeem(serving: &Serving, link: &str) -> Answer {
    let (url, secret) = link.trim().split_once('#').unwrap();
    assert_eq!(url, format!("http://{}/login", serving.address));
    serving.ask("POST", "/api/session", &[], &format!(r#"{{"secret":"{secret}"}}"#))
}

#[test]
fn a_log_in_link_works_once_and_its_session_only_from_its_own_page() {
    let world = World::new();
    let serving = world.serve(&[]);
    let link = world.ok(&["login"]);
    let signed_in = redeem(&serving, &link);
    assert_eq!(signed_in.status, 200, "{signed_in:?}");
    let set = signed_in.header("set-cookie").unwrap();
    let cookie = set.split(';').next().unwrap();
    let port = serving.address.rsplit(':').next().unwrap();
    let secret = cookie.split_once('=').unwrap().1;
    assert_eq!(set, format!("foliosync-{port}={secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000"));
    assert_eq!(redeem(&serving, &link).status, 401, "a second time");

    let origin = format!("http://{}", serving.address);
    let ask = |method: &str, path: &str, headers: &[(&str, &str)]| {
        let headers: Vec<_> = [("cookie", cookie)].into_iter().chain(headers.iter().copied()).collect();
        serving.ask(method, path, &headers, "").status
    };
    assert_eq!(ask("GET", "/api/connections", &[]), 200);
    assert_eq!(ask("GET", "/api/tokens", &[("sec-fetch-site", "same-origin")]), 200);
    assert_eq!(ask("GET", "/api/tokens", &[("sec-fetch-site", "none")]), 200, "typed into the address bar");
    for site in ["cross-site", "same-site"] {
        assert_eq!(ask("GET", "/api/connections", &[("sec-fetch-site", site)]), 403, "{site}");
    }
    let localhost = format!("http://localhost:{port}");
    for (headers, want) in [
        (vec![], 403),
        (vec![("origin", "http://127.0.0.1:1")], 403),
        (vec![("origin", localhost.as_str())], 403),
        (vec![("origin", "null")], 403),
        (vec![("origin", origin.as_str()), ("sec-fetch-site", "same-site")], 403),
        (vec![("origin", origin.as_str())], 400),
    ] {
        assert_eq!(ask("POST", "/api/sync", &headers), want, "{headers:?}");
    }
    // A token that is wrong is wrong, whatever cookie comes with it.
    assert_eq!(ask("GET", "/api/connections", &[("authorization", "Bearer fs_x")]), 401);

    let before = fs::read_to_string(world.data().join("access.json")).unwrap();
    assert!(!before.contains(secret), "only its hash is kept");
    let out = serving.ask("DELETE", "/api/session", &[("cookie", cookie), ("origin", &origin)], "");
    assert_eq!((out.status, out.header("set-cookie").unwrap().contains("Max-Age=0")), (204, true));
    assert_eq!(ask("GET", "/api/connections", &[]), 401, "signed out");
}

#[test]
fn a_session_outlives_its_server_and_a_link_does_not() {
    let world = World::new();
    let serving = world.serve(&[]);
    let port = serving.address.clone();
    let (used, unused) = (world.ok(&["login"]), world.ok(&["login"]));
    let signed_in = redeem(&serving, &used);
    let cookie = signed_in.header("set-cookie").unwrap().split(';').next().unwrap();
    assert_eq!(serving.stop().code, Some(0));
    let serving = world.serve(&[("FOLIOSYNC_LISTEN", &port)]);
    let session = serving.ask("GET", "/api/session", &[("cookie", cookie)], "");
    assert_eq!(session.body, r#"{"label":null,"scope":"admin","via":"session"}"#);
    assert_eq!(redeem(&serving, &unused).status, 401);
}

#[test]
fn tokens_are_made_listed_and_removed() {
    let world = World::new();
    assert_snapshot!(world.said(&["token", "list"]), @"
    No tokens yet; make one: foliosync token add --label NAME --scope read
    exit 0
    ");
    let token = world.token("read");
    assert_snapshot!(world.said(&["token", "add", "--label", "read", "--scope", "sync"]), @"
    error: another token is labelled `read`
      `foliosync token list` names them
    exit 2
    ");
    assert_snapshot!(world.said(&["token", "list"]), @"
    LABEL  SCOPE  MADE
    read   read   just now
    exit 0
    ");
    let file = world.data().join("access.json");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!fs::read_to_string(&file).unwrap().contains(&token[3..]));
    // Made by a server without a port, used at the next one.
    let serving = world.serve(&[]);
    assert_eq!(serving.get("/api/session", &token).json()["label"], "read");
    world.ok(&["token", "remove", "read"]);
    assert_eq!(serving.get("/api/session", &token).status, 401);
    assert_snapshot!(world.said(&["token", "remove", "read"]), @"
    error: there is no token `read`
      `foliosync token list` names them
    exit 2
    ");
}

#[test]
fn what_is_kept_about_access_cannot_be_read_by_sql() {
    let world = World::new();
    world.token("read");
    let sql = format!("SELECT content FROM read_text('{}')", world.data().join("access.json").display());
    assert_ne!(world.run(&["query", &sql]).code, Some(0));
}

#[test]
fn a_damaged_file_lets_nobody_in() {
    let world = World::new();
    world.token("read");
    world.kill_server();
    fs::write(world.data().join("access.json"), "{").unwrap();
    let said = world.said(&["serve"]);
    assert!(said.starts_with("error: ROOT/data/access.json cannot be read: EOF"), "{said}");
    assert!(said.ends_with("exit 1"), "{said}");
}

#[test]
fn after_sixty_wrong_tokens_a_minute_the_answer_is_to_wait_and_right_ones_still_open() {
    let world = World::new();
    let token = world.token("read");
    let serving = world.serve(&[]);
    let statuses: Vec<u16> = (0..62).map(|nth| serving.get("/api/session", &format!("fs_{nth}")).status).collect();
    assert_eq!((statuses[0], statuses[59], statuses[60], statuses[61]), (401, 401, 429, 429));
    let refused = serving.ask("POST", "/api/session", &[], r#"{"secret":"x"}"#);
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!(refused.status == 429 && (1..=61).contains(&wait), "{refused:?}");
    assert_eq!(serving.get("/api/session", &token).status, 200);
}

#[test]
fn a_server_that_others_can_reach_must_know_its_name() {
    let world = World::new();
    for open in ["0.0.0.0:0", "[::]:0"] {
        let said = world.said(&["serve", "--listen", open]);
        let want = format!("error: {open} can be reached from other machines, and there is no public_url\n");
        assert!(said.starts_with(&want) && said.ends_with("exit 2"), "{said}");
    }
    assert!(!world.data().exists(), "nothing was begun");
    let environment = [("FOLIOSYNC_LISTEN", "0.0.0.0:0"), ("FOLIOSYNC_PUBLIC_URL", "https://folio.example.org")];
    let mut serving = world.serve(&environment);
    serving.address = serving.address.replace("0.0.0.0", "127.0.0.1");
    let ask = |host: &str| serving.ask("GET", "/healthz", &[("host", host)], "").status;
    assert_eq!((ask("folio.example.org"), ask(&serving.address), ask("folio.example.org:1")), (200, 200, 403));
    let link = world.ok(&["login"]);
    let secret = link.trim().strip_prefix("https://folio.example.org/login#").unwrap();
    let proxied = [("origin", "https://folio.example.org"), ("x-forwarded-for", "192.0.2.7")];
    let signed_in = serving.ask("POST", "/api/session", &proxied, &format!(r#"{{"secret":"{secret}"}}"#));
    let cookie = signed_in.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-foliosync=") && cookie.ends_with("; Secure"), "{cookie}");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let (one, other) = (World::new(), World::new());
    let serving = one.serve(&[]);
    let said = other.said(&["serve", "--listen", &serving.address]);
    let said: Vec<_> = said.lines().filter(|line| !line.contains(" INFO ")).collect();
    assert_snapshot!(said.join("\n").replace(&serving.address, "ADDRESS"), @r#"
    error: ADDRESS is taken by another program
      stop the program that listens there, or choose another: --listen 127.0.0.1:7879 (FOLIOSYNC_LISTEN, or listen in the configuration)
    exit 1
    "#);
}

#[test]
fn a_server_that_a_command_started_has_no_port() {
    let world = World::new();
    assert_snapshot!(world.said(&["login"]), @"
    error: the server that runs was started by a command and answers no browser
      start one that does: foliosync serve
    exit 2
    ");
    assert_eq!(world.server().unwrap()["listen"], serde_json::Value::Null);
}

#[test]
fn pages_load_nothing_from_elsewhere() {
    let world = World::new();
    let serving = world.serve(&[]);
    for (path, kind) in [("/", "text/html"), ("/login", "text/html"), ("/login.js", "text/javascript")] {
        let page = serving.ask("GET", path, &[], "");
        assert!(page.status == 200 && page.header("content-type").unwrap().starts_with(kind), "{page:?}");
        assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'self'"));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        for foreign in ["http://", "https://", "style=", "onclick", "<script>"] {
            assert!(!page.body.contains(foreign), "{path} holds {foreign}");
        }
    }
}
