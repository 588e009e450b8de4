//! Three streams, so that each holds bytes of one kind, and a fourth that is left alone.

#[derive(Default)]
pub struct Sink {
    pub plan: Vec<u8>,
    /// Items, each with a line end; that of the last one is not stored.
    pub text: Vec<u8>,
    pub small: Vec<u8>,
    pub random: Vec<u8>,
}

impl Sink {
    pub fn number(&mut self, mut value: u64) {
        while value > 0x7F {
            self.plan.push(value as u8 & 0x7F | 0x80);
            value >>= 7;
        }
        self.plan.push(value as u8);
    }

    pub fn item(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
        self.text.push(b'\n');
    }
}
