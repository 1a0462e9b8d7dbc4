// SPDX-License-Identifier: MIT
mod berth;
mod glue;
%if test
#[cfg(test)]
mod tests;
%end

use glue::{Admission, Here, Message, Outcome, Project};

/// One for each client, and one for the global service: fields are that context's own, and need no lock.
struct %CLASS% {
    count: u32,
}

impl Project for %CLASS% {
    const NAME: &'static str = "%NAME%";
    const VERSION: &'static str = "0.1.0";
    const GLOBAL_SERVICE: &'static str = "<interval=20 s>";

    fn new() -> Self {
        %CLASS% { count: 0 }
    }

    /// Runs every 20 s, in a context of its own. The first run has ended before the first client is let in.
    fn global_service(&mut self, host: &Here) -> Outcome {
%if database
        host.run_sql("create table if not exists message (id integer primary key, text text not null)")
%end
%unless database
        host.log(&format!("{} connected", host.clients().len()));
        Ok(())
%end
    }

    /// A client asks to connect: accept it, or `Admission::Refuse(403, "why")`.
    fn connection(&mut self, host: &Here, _path: &str) -> Result<Admission, String> {
        host.say("welcome to %NAME%");
        Ok(Admission::Accept)
    }

    /// One whole message. An error or a panic is logged, and closes this client with 1011.
    fn message(&mut self, host: &Here, message: Message) -> Outcome {
        let text = match message {
            Message::Text(text) => text,
            Message::Buffer(_) => {
                host.disconnect(host.client(), 1003, "text only");
                return Ok(());
            }
        };
        self.count += 1;
%if database
        host.query_integer("insert into message (text) values (?)", &[text])?;
        let all = host.query_integer("select count(*) from message", &[])?.unwrap_or(0);
        host.say(&format!("{} of {}: {}", self.count, all, text));
%end
%unless database
        host.say(&format!("{}: {}", self.count, text));
%end
        Ok(())
    }

    /// The client has gone.
    fn disconnection(&mut self, host: &Here, code: u16) -> Outcome {
        host.log(&format!("gone with {} after {} messages", code, self.count));
        Ok(())
    }
}

static PROJECT: berth::Project = glue::table::<%CLASS%>();

/// The one symbol that the host looks for.
#[no_mangle]
pub extern "C" fn berth_project_v1() -> *const berth::Project {
    &PROJECT
}
