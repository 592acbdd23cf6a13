//! Adding, changing and removing connections: what was given is checked against the provider's spec first.

use std::collections::BTreeMap;
use std::path::Path;

use secrecy::SecretString;
use serde::Deserialize;

use super::admission::Pace;
use super::{Engine, EngineError, Result};
use crate::limits::{LABEL_CHARS_MAX, SETTING_CHARS_MAX};
use crate::mirrors;
use crate::model::sync::{Connection, ConnectionId};
use crate::nearest::nearest;
use crate::provider::{ProviderSpec, Role, SettingKind, SettingSpec, Settings};
use crate::secrets::Sealing;
use crate::store::{ConnectionDraft, RowsOfRemoved};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewConnection {
    pub provider: String,
    pub label: String,
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Secrets by the key of the setting, to be sealed.
    #[serde(default)]
    pub credentials: BTreeMap<String, SecretString>,
    pub owner: Option<String>,
    pub sync_interval_min: Option<i64>,
}

/// What is given is changed; the rest stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ConnectionEdit {
    pub label: Option<String>,
    pub settings: BTreeMap<String, String>,
    /// `null` erases one.
    pub credentials: BTreeMap<String, Option<SecretString>>,
    pub sync_interval_min: Option<i64>,
    pub sync_enabled: Option<bool>,
}

impl Engine {
    pub async fn add_connection(&self, new: NewConnection) -> Result<Connection> {
        let spec = self.spec(&new.provider)?;
        let pace = if new.sync_interval_min.is_some() { Pace::Chosen } else { Pace::Usual };
        let credentials = new.credentials.into_iter().map(|(key, secret)| (key, Some(secret))).collect();
        let draft = ConnectionDraft {
            id: None,
            provider: new.provider,
            label: new.label,
            settings: new.settings,
            credentials: Sealing::default(),
            owner: new.owner,
            sync_enabled: true,
            interval_secs: new
                .sync_interval_min
                .map_or(spec.interval.default_secs, |minutes| minutes.saturating_mul(60)),
            streams: spec.streams.iter().map(|stream| stream.name.to_string()).collect(),
            now: self.now(),
        };
        self.put(spec, draft, credentials, pace).await
    }

    pub async fn edit_connection(&self, id: ConnectionId, edit: ConnectionEdit) -> Result<Connection> {
        let before = self.connection(id).await?;
        let spec = self.spec(&before.provider)?;
        let mut settings = before.settings;
        settings.extend(edit.settings);
        let draft = ConnectionDraft {
            id: Some(id),
            provider: before.provider,
            label: edit.label.unwrap_or(before.label),
            settings,
            credentials: Sealing::default(),
            owner: before.owner,
            sync_enabled: edit.sync_enabled.unwrap_or(before.sync_enabled),
            interval_secs: edit.sync_interval_min.map_or(before.interval_secs, |minutes| minutes.saturating_mul(60)),
            streams: spec.streams.iter().map(|stream| stream.name.to_string()).collect(),
            now: self.now(),
        };
        self.put(spec, draft, edit.credentials, Pace::Chosen).await
    }

    pub async fn remove_connection(&self, id: ConnectionId, rows: RowsOfRemoved) -> Result<()> {
        let connection = self.connection(id).await?;
        // All that a mirror has here is its ledger.
        let is_mirror = self.provider(&connection.provider).spec().role == Role::Mirror;
        let rows = if is_mirror { RowsOfRemoved::Delete } else { rows };
        Ok(self.store.remove_connection(id, rows, self.now()).await?)
    }

    pub async fn connection(&self, id: ConnectionId) -> Result<Connection> {
        let missing =
            || EngineError::not_found(format!("there is no connection {id}"), "`foliosync connect list` names them");
        self.connections().await?.into_iter().find(|connection| connection.id == id).ok_or_else(missing)
    }

    pub fn spec(&self, provider: &str) -> Result<&'static ProviderSpec> {
        let specs = || self.providers.iter().map(|provider| provider.spec());
        specs().find(|spec| spec.id == provider).ok_or_else(|| {
            let hint =
                format!("{}there are: {}", nearest(provider, specs().map(|s| s.id)), join(specs().map(|s| s.id)));
            EngineError::input(format!("there is no provider `{provider}`"), hint)
        })
    }

    async fn put(
        &self,
        spec: &'static ProviderSpec,
        mut draft: ConnectionDraft,
        credentials: BTreeMap<String, Option<SecretString>>,
        pace: Pace,
    ) -> Result<Connection> {
        check_label(&draft.label)?;
        check_interval(spec, draft.interval_secs)?;
        self.check_settings(spec, &draft.settings)?;
        self.check_writers(spec, &draft).await?;
        draft.interval_secs = self.admit_interval(spec, &draft, &credentials, pace).await?;
        // Held until they are stored: see the field.
        let vault = self.vault.read().await;
        let credentials = self.sealing(&vault, spec, &draft.settings, credentials, draft.id.is_none())?;
        let connection = self.store.put_connection(ConnectionDraft { credentials, ..draft }).await?;
        self.wake();
        Ok(connection)
    }

    pub(super) fn check_settings(&self, spec: &ProviderSpec, settings: &BTreeMap<String, String>) -> Result<()> {
        let plain = || spec.settings.iter().filter(|setting| setting.kind != SettingKind::Secret);
        for key in settings.keys() {
            if spec.credentials().any(|setting| setting.key == key) {
                let hint = "give it among the credentials, where it is sealed: --credential KEY=@FILE";
                return Err(EngineError::input(format!("`{key}` is a credential and no setting"), hint));
            }
            if !plain().any(|setting| setting.key == key) {
                let keys = || plain().map(|setting| setting.key);
                let hint = format!("{}{} takes: {}", nearest(key, keys()), spec.id, join(keys()));
                return Err(EngineError::input(format!("{} has no setting `{key}`", spec.id), hint));
            }
        }
        for setting in plain() {
            match settings.get(setting.key) {
                Some(value) => self.check_setting(setting, value)?,
                None if setting.required => {
                    let hint = format!("{}: {}", setting.label, setting.help);
                    return Err(EngineError::input(format!("{} needs the setting `{}`", spec.id, setting.key), hint));
                }
                None => {}
            }
        }
        (spec.check)(settings).map_err(|why| EngineError::input(why, ""))
    }

    /// A table elsewhere has one writer: two mirrors of one place name no table both.
    async fn check_writers(&self, spec: &ProviderSpec, draft: &ConnectionDraft) -> Result<()> {
        if spec.role != Role::Mirror {
            return Ok(());
        }
        let place = |settings: &Settings| {
            let plain = spec.settings.iter().filter(|setting| setting.required && setting.kind == SettingKind::Text);
            plain.map(|setting| settings.get(setting.key).cloned()).collect::<Vec<_>>()
        };
        let tables = |settings: &Settings| mirrors::chosen(settings).unwrap_or_default();
        for other in self.connections().await?.iter().filter(|c| c.provider == spec.id && Some(c.id) != draft.id) {
            let own = tables(&draft.settings);
            let both = tables(&other.settings).into_iter().find(|one| own.iter().any(|own| own.name == one.name));
            if let Some(both) = both.filter(|_| place(&other.settings) == place(&draft.settings)) {
                let message = format!("`{}` writes the table {} there already", other.label, both.name);
                return Err(EngineError::input(message, "name other tables, or remove that mirror first"));
            }
        }
        Ok(())
    }

    fn check_setting(&self, setting: &SettingSpec, value: &str) -> Result<()> {
        if value.is_empty() || value.chars().count() > SETTING_CHARS_MAX || value.contains('\0') {
            let message = format!("`{}` must have 1 to {SETTING_CHARS_MAX} characters", setting.key);
            return Err(EngineError::input(message, setting.help));
        }
        match setting.kind {
            // Secrets are no settings, and checked where they are sealed.
            SettingKind::Text | SettingKind::Secret => Ok(()),
            SettingKind::Choice(choices) if choices.contains(&value) => Ok(()),
            SettingKind::Choice(choices) => {
                let hint = format!("choose one of: {}", join(choices.iter().copied()));
                Err(EngineError::input(format!("`{}` cannot be `{value}`", setting.key), hint))
            }
            SettingKind::Folder => {
                let path = Path::new(value);
                if !path.is_absolute() {
                    let message = format!("`{}` must be an absolute path, not `{value}`", setting.key);
                    return Err(EngineError::input(message, "start it with /"));
                }
                match self.reach.files.check_folder(path) {
                    Ok(()) => Ok(()),
                    Err(error) => Err(EngineError::input(format!("the folder {value} {error}"), setting.help)),
                }
            }
        }
    }
}

fn check_label(label: &str) -> Result<()> {
    let fits = (1..=LABEL_CHARS_MAX).contains(&label.chars().count());
    if fits && !label.starts_with('-') && label.trim() == label && !label.chars().any(char::is_control) {
        return Ok(());
    }
    let hint =
        format!("use 1 to {LABEL_CHARS_MAX} characters, none of them a control character, no - or space in front");
    Err(EngineError::input(format!("`{}` cannot be a label", label.escape_debug()), hint))
}

fn check_interval(spec: &ProviderSpec, secs: i64) -> Result<()> {
    let bounds = spec.interval;
    if (bounds.min_secs..=bounds.max_secs).contains(&secs) {
        return Ok(());
    }
    let hint = format!("choose {} to {} minutes", (bounds.min_secs + 59) / 60, bounds.max_secs / 60);
    Err(EngineError::input(format!("{} cannot run every {} minutes", spec.id, secs / 60), hint))
}

pub(super) fn join<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}
