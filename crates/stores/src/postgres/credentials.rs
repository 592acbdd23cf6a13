//! Sealed credentials, in a schema of their own where no role for queries may look.

use std::collections::BTreeMap;

use foliosync_engine::model::sync::ConnectionId;
use foliosync_engine::secrets::{Rekeying, Sealed, SealedOf};
use foliosync_engine::store::{ConnectionDraft, StoreError};
use sqlx::{PgConnection, Row};

use super::{Result, failed, run};

pub async fn read(db: &mut PgConnection, of: Option<ConnectionId>) -> Result<SealedOf> {
    let sql = "SELECT connection_id, name, sealed::text FROM foliosync_secrets.credentials
               WHERE $1::bigint IS NULL OR connection_id = $1";
    let rows = sqlx::query(sql).bind(of).persistent(false).fetch_all(db).await.map_err(|e| failed(&e))?;
    let mut sealed = SealedOf::new();
    for row in rows {
        let id: i64 = row.try_get(0).map_err(|e| failed(&e))?;
        let (name, text): (String, String) =
            (row.try_get(1).map_err(|e| failed(&e))?, row.try_get(2).map_err(|e| failed(&e))?);
        let damaged =
            |error| StoreError::Unusable(format!("the credential `{name}` of connection {id} is damaged: {error}"));
        let one: Sealed = serde_json::from_str(&text).map_err(damaged)?;
        sealed.entry(id).or_default().insert(name, one);
    }
    Ok(sealed)
}

/// In the transaction of the connection's row.
pub async fn put(db: &mut PgConnection, id: ConnectionId, draft: &ConnectionDraft) -> Result<()> {
    if draft.credentials.is_empty() {
        return Ok(());
    }
    let before = read(db, Some(id)).await?;
    let own = draft.credentials.seal(id, before.get(&id))?;
    let sql = "DELETE FROM foliosync_secrets.credentials WHERE connection_id = $1";
    sqlx::query(sql).bind(id).persistent(false).execute(&mut *db).await.map_err(|e| failed(&e))?;
    write(db, id, &own).await
}

pub async fn write(db: &mut PgConnection, id: ConnectionId, own: &BTreeMap<String, Sealed>) -> Result<()> {
    for (name, sealed) in own {
        let text = serde_json::to_string(sealed).map_err(|error| StoreError::Failed(error.to_string()))?;
        let sql = "INSERT INTO foliosync_secrets.credentials VALUES ($1, $2, $3::json)";
        let writing = sqlx::query(sql).bind(id).bind(name).bind(text).persistent(false);
        writing.execute(&mut *db).await.map_err(|e| failed(&e))?;
    }
    Ok(())
}

pub async fn rekey(db: &mut PgConnection, rekeying: &Rekeying) -> Result<usize> {
    run(db, "LOCK TABLE foliosync_secrets.credentials IN EXCLUSIVE MODE").await?;
    let resealed = rekeying.apply(&read(db, None).await?)?;
    run(db, "DELETE FROM foliosync_secrets.credentials").await?;
    for (id, own) in &resealed {
        write(db, *id, own).await?;
    }
    Ok(resealed.values().map(BTreeMap::len).sum())
}
