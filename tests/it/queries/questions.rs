//! The questions of the documentation.

use std::fs;
use std::path::Path;

use crate::world::World;

/// Runs every statement of the page against the demo's data; each must have an answer.
pub fn every_question_is_answered(world: &World) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/questions.md");
    let page = fs::read_to_string(page).unwrap();
    let statements: Vec<_> = page.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(statements.len() >= 10, "there are {} statements", statements.len());
    for sql in statements {
        let rows = world.rows(sql);
        println!("{sql}{} rows, the first: {:?}\n", rows.len(), rows.first());
        assert!(!rows.is_empty(), "no rows for\n{sql}");
    }
}
