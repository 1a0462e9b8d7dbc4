// SPDX-License-Identifier: MIT
//! From a Rust type to the table that the host reads. Errors become the host's, with their sentence, and panics end
//! here: none may pass into the host.
#![allow(dead_code)]

use crate::berth;
use std::ffi::c_void;
use std::panic::{catch_unwind, AssertUnwindSafe};

pub use berth::ClientId;

/// The sentence of a failed event: it is logged, and closes that client with 1011.
pub type Outcome = Result<(), String>;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    Queued,
    Gone,
    BacklogFull,
    Invalid,
}

/// One whole message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    Text(&'a str),
    Buffer(&'a [u8]),
}

/// The answer to a client that asks to connect.
pub enum Admission {
    Accept,
    /// With an HTTP status from 400 to 599, and a text for the body.
    Refuse(u32, &'static str),
}

/// One object for each client, and one for the global service: its fields are that context's own.
pub trait Project: Sized {
    const NAME: &'static str;
    const VERSION: &'static str = "";
    /// `<interval=20 s>`; empty: 10 s.
    const GLOBAL_SERVICE: &'static str = "";

    fn new() -> Self;
    /// The project's loop, in the global service's context.
    fn global_service(&mut self, _host: &Here) -> Outcome {
        Ok(())
    }
    /// A client asks to connect, with this path.
    fn connection(&mut self, _host: &Here, _path: &str) -> Result<Admission, String> {
        Ok(Admission::Accept)
    }
    fn message(&mut self, _host: &Here, _message: Message) -> Outcome {
        Ok(())
    }
    /// The client has gone, with this close code.
    fn disconnection(&mut self, _host: &Here, _code: u16) -> Outcome {
        Ok(())
    }
}

/// The context that runs, and what the host does for it.
pub struct Here {
    host: *const berth::Host,
    context: *mut berth::Context,
    client: ClientId,
}

impl Here {
    /// This context's client; 0 in the global service.
    pub fn client(&self) -> ClientId {
        self.client
    }
    pub fn send(&self, to: ClientId, message: Message) -> Sent {
        let value = match message {
            Message::Text(text) => value_of_bytes(berth::TEXT, text.as_bytes()),
            Message::Buffer(bytes) => value_of_bytes(berth::BUFFER, bytes),
        };
        match unsafe { ((*self.host).send)(self.host, to, &value) } {
            berth::OK => Sent::Queued,
            berth::GONE => Sent::Gone,
            berth::BACKLOG_FULL => Sent::BacklogFull,
            _ => Sent::Invalid,
        }
    }
    /// To this context's client.
    pub fn say(&self, text: &str) -> Sent {
        self.send(self.client, Message::Text(text))
    }
    /// Those connected now.
    pub fn clients(&self) -> Vec<ClientId> {
        let mut ids = vec![0; 64];
        loop {
            let mut count = 0;
            let status =
                unsafe { ((*self.host).list_clients)(self.host, ids.as_mut_ptr(), ids.len(), &mut count) };
            let is_complete = status != berth::TRUNCATED;
            ids.resize(if is_complete { count } else { count + 16 }, 0);
            if is_complete {
                return ids;
            }
        }
    }
    pub fn disconnect(&self, who: ClientId, code: u16, reason: &str) {
        unsafe { ((*self.host).disconnect)(self.host, who, code, berth::Str::of(reason)) };
    }
    pub fn log(&self, text: &str) {
        unsafe { ((*self.host).log)(self.host, berth::LOG_INFO, berth::Str::of(text)) };
    }
}

fn value_of_bytes(kind: u32, bytes: &[u8]) -> berth::Value {
    berth::Value { kind, reserved: 0, content: berth::Content { bytes: berth::Str::of_bytes(bytes) } }
}

/// What a context's globals point at.
struct Globals<P> {
    here: Here,
    project: P,
}

/// The table of a project: `static PROJECT: berth::Project = glue::table::<Mine>();`
pub const fn table<P: Project>() -> berth::Project {
    berth::Project {
        struct_size: std::mem::size_of::<berth::Project>() as u32,
        abi_minor_required: 0,
        name: berth::Str::of(P::NAME),
        version: berth::Str::of(P::VERSION),
        global_service_annotation: berth::Str::of(P::GLOBAL_SERVICE),
        flags: 0,
        procedures: std::ptr::null(),
        procedure_count: 0,
        load: Some(load),
        unload: None,
        context_create: Some(context_create::<P>),
        context_destroy: Some(context_destroy::<P>),
        global_service: Some(global_service::<P>),
        connection: Some(connection::<P>),
        message: Some(message::<P>),
        disconnection: Some(disconnection::<P>),
        stop: None,
        get_extension: None,
    }
}

/// Runs an event; what goes wrong gets its sentence to the host.
unsafe fn guard<P>(
    globals: *mut c_void,
    context: *mut berth::Context,
    event: impl FnOnce(&mut P, &Here) -> Outcome,
) -> berth::Status {
    let globals = &mut *globals.cast::<Globals<P>>();
    globals.here.context = context;
    let Globals { here, project } = globals;
    let outcome = catch_unwind(AssertUnwindSafe(|| event(project, here)));
    let sentence = match outcome {
        Ok(Ok(())) => return berth::OK,
        Ok(Err(sentence)) => sentence,
        Err(panic) => match panic.downcast_ref::<&str>() {
            Some(text) => format!("panic: {}", text),
            None => match panic.downcast_ref::<String>() {
                Some(text) => format!("panic: {}", text),
                None => "panic".to_string(),
            },
        },
    };
    ((*here.host).set_error)(here.host, context, berth::Str::of(&sentence));
    berth::FAILED
}

unsafe extern "C" fn load(host: *const berth::Host, project: *mut *mut c_void) -> berth::Status {
    if ((*host).struct_size as usize) < std::mem::size_of::<berth::Host>() {
        return berth::UNSUPPORTED;
    }
    *project = host as *mut c_void;
    berth::OK
}

unsafe extern "C" fn context_create<P: Project>(
    project: *mut c_void,
    context: *mut berth::Context,
    client: ClientId,
    globals: *mut *mut c_void,
) -> berth::Status {
    let here = Here { host: project as *const berth::Host, context, client };
    match catch_unwind(P::new) {
        Ok(project) => {
            *globals = Box::into_raw(Box::new(Globals { here, project })).cast();
            berth::OK
        }
        Err(_) => berth::FAILED,
    }
}

unsafe extern "C" fn context_destroy<P: Project>(globals: *mut c_void, _context: *mut berth::Context) {
    let globals = Box::from_raw(globals.cast::<Globals<P>>());
    let _ = catch_unwind(AssertUnwindSafe(|| drop(globals)));
}

unsafe extern "C" fn global_service<P: Project>(globals: *mut c_void, context: *mut berth::Context) -> berth::Status {
    guard::<P>(globals, context, |project, here| project.global_service(here))
}

unsafe extern "C" fn connection<P: Project>(
    globals: *mut c_void,
    context: *mut berth::Context,
    client: *const berth::Client,
    admission: *mut berth::Admission,
) -> berth::Status {
    guard::<P>(globals, context, |project, here| {
        let path = String::from_utf8_lossy((*client).path.bytes());
        if let Admission::Refuse(status, reason) = project.connection(here, &path)? {
            (*admission).http_status = status;
            (*admission).reason = berth::Str::of(reason);
        }
        Ok(())
    })
}

unsafe extern "C" fn message<P: Project>(
    globals: *mut c_void,
    context: *mut berth::Context,
    _from: ClientId,
    value: *const berth::Value,
) -> berth::Status {
    guard::<P>(globals, context, |project, here| {
        let bytes = (*value).content.bytes.bytes();
        if (*value).kind == berth::TEXT {
            // The host has looked: text is UTF-8.
            project.message(here, Message::Text(std::str::from_utf8_unchecked(bytes)))
        } else {
            project.message(here, Message::Buffer(bytes))
        }
    })
}

unsafe extern "C" fn disconnection<P: Project>(
    globals: *mut c_void,
    context: *mut berth::Context,
    _who: ClientId,
    close: *const berth::Close,
) -> berth::Status {
    guard::<P>(globals, context, |project, here| project.disconnection(here, (*close).code))
}
