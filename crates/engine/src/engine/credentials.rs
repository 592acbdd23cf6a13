//! Credentials: checked against the provider's spec, sealed when they are given, opened when a run begins.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::connections::join;
use super::{Engine, EngineError, Result};
use crate::limits::SETTING_CHARS_MAX;
use crate::model::sync::{Connection, Outcome, Stream};
use crate::nearest::nearest;
use crate::provider::{ProviderSpec, Settings};
use crate::secrets::{
    CredentialView, Credentials, Key, LOCKED, OWN_HOSTS, Rekeying, Sealed, Sealing, Vault, VaultView, origin_of,
};
use crate::store::ConnectionDraft;

/// What to do where credentials are locked.
const UNLOCK: &str = "give the server that key and start it again; if it is lost for good, `foliosync rekey --lost` \
                      erases the credentials that were sealed with it";

impl Engine {
    /// Whether credentials can be sealed and opened, and with which key.
    pub async fn vault(&self) -> VaultView {
        self.vault.read().await.view()
    }

    /// Seals every credential anew with `key`, which is used from here on; it was found in `from`. With `lost`, the
    /// credentials are erased instead. Gives how many there are then.
    pub async fn rekey(&self, key: Key, from: &str, lost: bool) -> Result<usize> {
        let mut vault = self.vault.write().await;
        let old = match &*vault {
            Vault::Open { .. } if lost => {
                let hint = "leave --lost out to seal the credentials with a new key";
                return Err(EngineError::input("the key is not lost: the credentials open", hint));
            }
            Vault::Open { key, .. } => Some(key.clone()),
            Vault::Locked { .. } if lost => None,
            Vault::Locked { why } => return Err(locked(why)),
        };
        let resealed = self.store.rekey(Rekeying { from: old, to: key.clone() }).await?;
        *vault = Vault::Open { key, from: from.into() };
        Ok(resealed)
    }

    /// The ids of the keys that credentials are sealed with.
    pub async fn sealed_with(&self) -> Result<BTreeSet<String>> {
        Ok(self.store.sealed_with().await?)
    }

    /// Writes a copy of everything into an empty folder; see [`Store::backup`](crate::store::Store::backup).
    pub async fn backup(&self, folder: &Path) -> Result<()> {
        Ok(self.store.backup(folder).await?)
    }

    /// Makes streams due that stopped because their credentials were locked and that are not any more. To be called
    /// once, before the first dispatch.
    pub async fn resume_unlocked(&self) -> Result<()> {
        let sealed = self.store.credentials(None).await?;
        let streams: Vec<Stream> = self.store.records(|s| s).await?;
        let was_locked = |stream: &Stream| {
            let said = stream.error.as_deref().is_some_and(|error| error.starts_with(LOCKED));
            said && stream.outcome == Some(Outcome::NeedsUser)
        };
        for connection in self.connections().await? {
            let id = connection.id;
            let stopped = streams.iter().any(|stream| stream.connection_id == id && was_locked(stream));
            let vault = self.vault.read().await;
            let origin = self.origin(self.provider(&connection.provider).spec(), &connection.settings);
            let opens = |own| vault.open(id, &origin, own).are_open();
            if !stopped || !sealed.get(&id).is_some_and(opens) {
                continue;
            }
            let names = streams.iter().filter(|stream| stream.connection_id == id).map(|stream| stream.name.clone());
            let draft = ConnectionDraft {
                id: Some(id),
                streams: names.collect(),
                now: self.now(),
                provider: connection.provider,
                label: connection.label,
                settings: connection.settings,
                credentials: Sealing::default(),
                owner: connection.owner,
                sync_enabled: connection.sync_enabled,
                interval_secs: connection.interval_secs,
            };
            self.store.put_connection(draft).await?;
        }
        Ok(())
    }

    /// What a run of the connection may use. That there is none of something, or why it does not open, is told when a
    /// provider asks for it.
    pub(super) async fn credentials_of(&self, connection: &Connection) -> Credentials {
        let spec = self.provider(&connection.provider).spec();
        if spec.credentials().next().is_none() {
            return Credentials::none();
        }
        let vault = self.vault.read().await;
        match self.store.credentials(Some(connection.id)).await {
            Ok(sealed) => {
                let own = sealed.get(&connection.id).cloned().unwrap_or_default();
                vault.open(connection.id, &self.origin(spec, &connection.settings), &own)
            }
            Err(error) => {
                // The run meets the same store with its first commit.
                tracing::error!(%error, label = %connection.label, "its credentials could not be read");
                Credentials::none()
            }
        }
    }

    pub(super) fn credential_views(
        &self,
        connection: &Connection,
        sealed: Option<&BTreeMap<String, Sealed>>,
    ) -> BTreeMap<String, CredentialView> {
        let view = |key: &str| {
            let set_at = sealed.and_then(|sealed| sealed.get(key)).map(|sealed| sealed.set_at);
            (key.to_string(), CredentialView { set: set_at.is_some(), set_at })
        };
        self.provider(&connection.provider).spec().credentials().map(|setting| view(setting.key)).collect()
    }

    /// The changes, ready to be sealed. A new connection needs all that is required; in one that is changed, what was
    /// lost may stay so, and nothing required is erased.
    pub(super) fn sealing(
        &self,
        vault: &Vault,
        spec: &ProviderSpec,
        settings: &Settings,
        changes: BTreeMap<String, Option<SecretString>>,
        is_new: bool,
    ) -> Result<Sealing> {
        check_all(spec, &changes, is_new)?;
        vault.sealing(&self.origin(spec, settings), changes, self.now()).map_err(|why| locked(&why))
    }

    /// The same without a vault, for what is only tried out.
    pub(super) fn check_credentials(
        &self,
        spec: &ProviderSpec,
        given: &BTreeMap<String, SecretString>,
        is_new: bool,
    ) -> Result<()> {
        check_all(spec, &given.iter().map(|(key, secret)| (key.clone(), Some(secret.clone()))).collect(), is_new)
    }

    /// Whom a provider's credentials are for.
    pub(super) fn origin(&self, spec: &ProviderSpec, settings: &Settings) -> String {
        let typed = spec.address.and_then(|key| settings.get(key));
        typed.or(self.base_urls.get(spec.id)).map_or(OWN_HOSTS.into(), |url| origin_of(url))
    }
}

fn check_all(spec: &ProviderSpec, changes: &BTreeMap<String, Option<SecretString>>, is_new: bool) -> Result<()> {
    for (key, secret) in changes {
        check(spec, key, secret.as_ref())?;
    }
    for setting in spec.credentials().filter(|setting| setting.required) {
        if changes.get(setting.key).map_or(is_new, Option::is_none) {
            let hint = format!("{}: {}", setting.label, setting.help);
            return Err(EngineError::input(format!("{} needs the credential `{}`", spec.id, setting.key), hint));
        }
    }
    Ok(())
}

fn check(spec: &ProviderSpec, key: &str, secret: Option<&SecretString>) -> Result<()> {
    let keys = || spec.credentials().map(|setting| setting.key);
    let Some(setting) = spec.credentials().find(|setting| setting.key == key) else {
        if spec.settings.iter().any(|setting| setting.key == key) {
            let message = format!("`{key}` is a setting and no credential");
            return Err(EngineError::input(message, "give it among the settings: --set KEY=VALUE"));
        }
        let takes = if keys().next().is_some() { join(keys()) } else { "none".into() };
        let hint = format!("{}{} takes: {takes}", nearest(key, keys()), spec.id);
        return Err(EngineError::input(format!("{} has no credential `{key}`", spec.id), hint));
    };
    let Some(secret) = secret.map(ExposeSecret::expose_secret) else { return Ok(()) };
    if secret.trim().is_empty() || secret.chars().count() > SETTING_CHARS_MAX || secret.contains('\0') {
        let message = format!("`{key}` must have 1 to {SETTING_CHARS_MAX} characters");
        return Err(EngineError::input(message, setting.help));
    }
    Ok(())
}

fn locked(why: &str) -> EngineError {
    EngineError::Locked { message: format!("credentials are locked: {why}"), hint: UNLOCK.into() }
}
