#[derive(Clone, Default)]
pub struct Http;
