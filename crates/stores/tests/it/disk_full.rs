//! A full disk: nothing committed is lost, the message says so, and work goes on once there is room.

use std::path::Path;
use std::process::Command;

use foliosync_engine::store::{Store, StoreError};
use tempfile::tempdir;

use crate::support::{claim, commit, day_count, draft, open, page, request};

/// A small file system of its own. Mounting needs root; where that is missing, CI fails and a desk is told.
struct SmallDisk<'a>(&'a Path);

impl SmallDisk<'_> {
    fn mount(at: &Path, megabytes: u32) -> Option<SmallDisk<'_>> {
        let options = format!("size={megabytes}m");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "none"]).arg(at).status();
        if done.is_ok_and(|status| status.success()) {
            return Some(SmallDisk(at));
        }
        assert!(std::env::var_os("CI").is_none(), "CI must be able to mount a tmpfs");
        eprintln!("not run: mounting a small disk needs root");
        None
    }

    fn grow(&self, megabytes: u32) {
        let options = format!("remount,size={megabytes}m");
        assert!(Command::new("mount").args(["-o", &options]).arg(self.0).status().unwrap().success());
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_work_goes_on_when_there_is_room() {
    let folder = tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(folder.path(), 16) else { return };
    let store = open(folder.path());
    store.put_connection(draft("a")).await.unwrap();
    let mut committed = 0;
    let refused = loop {
        request(&store, 1).await;
        let claims = claim(&store).await;
        let block = format!("block{committed}");
        match commit(&store, &claims[0], page(&block, 20_000, committed)).await {
            Ok(_) => committed += 1,
            Err(error) => break error,
        }
        assert!(committed < 100, "the disk never filled");
    };
    let StoreError::Failed(message) = &refused else { panic!("{refused:?}") };
    assert!(message.contains("No space left on device"), "{message}");
    assert_eq!(day_count(&store).await, committed as usize * 20_000);

    disk.grow(200);
    // The lease of the failed run still holds; another connection writes.
    store.put_connection(draft("b")).await.unwrap();
    let claims = claim(&store).await;
    commit(&store, &claims[0], page("after", 20_000, 1)).await.unwrap();
    committed += 1;
    drop(store);
    let store = open(folder.path());
    assert_eq!(day_count(&store).await, committed as usize * 20_000);
    drop(store);
}
