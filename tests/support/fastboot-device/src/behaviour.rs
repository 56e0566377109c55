//! How a boot loader behaves.

/// What the boot loader answers to `getvar` of a variable that it lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownVariable {
    /// FAIL, as ABL and U-Boot.
    #[default]
    Fail,
    /// OKAY without a value, as LK.
    EmptyOkay,
    /// Nothing.
    Silence,
}

/// What follows the text of each reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Padding {
    /// Nothing.
    #[default]
    None,
    /// A NUL, as ABL's DATA.
    Nul,
    /// A newline.
    Newline,
    /// A NUL and the rest of a buffer of this many bytes, with garbage.
    Buffer(usize),
}

/// What the boot loader does in place of its usual answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Sends these replies.
    Replies(Vec<Vec<u8>>),
    /// Sends nothing.
    Silence,
    /// Disconnects.
    Vanish,
}

/// How a boot loader behaves. The default is without faults.
#[derive(Clone, Debug, Default)]
pub struct Behaviour {
    /// What it answers to `getvar` of a variable that it lacks.
    pub unknown_variable: UnknownVariable,
    /// What follows the text of each reply.
    pub padding: Padding,
    /// Replies before each OKAY, FAIL and DATA: INFO and TEXT.
    pub before: Vec<Vec<u8>>,
    /// Answers to commands that start with a text. The text `data` stands for the answer after the last byte.
    pub answers: Vec<(&'static str, Answer)>,
    /// The size of its buffer in bytes. A larger download fails with only the size, as in U-Boot.
    pub buffer_size: Option<usize>,
    /// The maximum packet size in bytes, if a transfer that is not a multiple of it ends a download without an answer, as in LK.
    pub short_transfer_ends_download: Option<usize>,
    /// Whether a command of more than 64 bytes, or an empty one, makes it silent for ever.
    pub is_fragile: bool,
    /// Whether `getvar` of a beginning of `all` returns all variables, as in LK.
    pub compares_beginnings: bool,
}

impl Padding {
    /// Appends the padding to a reply.
    pub fn pad(self, mut reply: Vec<u8>) -> Vec<u8> {
        match self {
            Padding::None => {}
            Padding::Nul => reply.push(0),
            Padding::Newline => reply.push(b'\n'),
            Padding::Buffer(size) => {
                reply.push(0);
                let garbage = size.saturating_sub(reply.len());
                reply.extend(b"\xffOKAYflash\x1b[2J".iter().cycle().take(garbage));
            }
        }
        reply
    }
}
