// SPDX-License-Identifier: MIT
//! Counts the words that each client has said.
mod berth;
mod glue;

use glue::{Admission, Here, Message, Outcome, Project};

struct Words {
    count: usize, // this client's own
}

impl Project for Words {
    const NAME: &'static str = "11-rust";

    fn new() -> Self {
        Words { count: 0 }
    }

    fn connection(&mut self, _host: &Here, path: &str) -> Result<Admission, String> {
        if path.ends_with("/private") {
            return Ok(Admission::Refuse(403, "not in there"));
        }
        Ok(Admission::Accept)
    }

    fn message(&mut self, host: &Here, message: Message) -> Outcome {
        match message {
            Message::Text("panic") => panic!("as you wish"), // logged; closes this client with 1011
            Message::Text(text) => {
                self.count += text.split_whitespace().count();
                host.say(&format!("{} words so far", self.count));
                Ok(())
            }
            Message::Buffer(_) => Err("words are text".to_string()),
        }
    }
}

static PROJECT: berth::Project = glue::table::<Words>();

/// The one symbol that the host looks for.
#[no_mangle]
pub extern "C" fn berth_project_v1() -> *const berth::Project {
    &PROJECT
}
