// SPDX-License-Identifier: MIT
//! Drives the project's table as a host would, with a host that remembers what it was asked to send.
use crate::berth::*;
use std::cell::RefCell;
use std::ffi::c_void;
use std::os::raw::c_char;
use std::ptr::null_mut;

thread_local! {
    static SENT: RefCell<Vec<String>> = RefCell::new(Vec::new());
    static ERROR: RefCell<String> = RefCell::new(String::new());
}

unsafe fn owned(text: Str) -> String {
    String::from_utf8_lossy(text.bytes()).into_owned()
}
unsafe extern "C" fn get_extension(_: *const Host, _: *const c_char) -> *const c_void {
    std::ptr::null()
}
unsafe extern "C" fn log(_: *const Host, _: i32, _: Str) {}
unsafe extern "C" fn set_error(_: *const Host, _: *mut Context, text: Str) {
    ERROR.with(|error| *error.borrow_mut() = owned(text));
}
unsafe extern "C" fn list_clients(_: *const Host, ids: *mut ClientId, _: usize, count: *mut usize) -> Status {
    *ids = 7;
    *count = 1;
    OK
}
unsafe extern "C" fn send(_: *const Host, _: ClientId, message: *const Value) -> Status {
    SENT.with(|sent| sent.borrow_mut().push(owned((*message).content.bytes)));
    OK
}
unsafe extern "C" fn send_many(
    _: *const Host,
    _: *const ClientId,
    _: usize,
    _: *const Value,
    _: *mut usize,
) -> Status {
    OK
}
unsafe extern "C" fn disconnect(_: *const Host, _: ClientId, code: u16, _: Str) -> Status {
    SENT.with(|sent| sent.borrow_mut().push(format!("<closed {}>", code)));
    OK
}
unsafe extern "C" fn execute(
    _: *const Host,
    _: ClientId,
    _: Str,
    _: *const Value,
    _: usize,
    _: *const Completion,
) -> Status {
    OK
}

fn host() -> Host {
    Host {
        struct_size: std::mem::size_of::<Host>() as u32,
        abi_minor: 0,
        host_data: null_mut(),
        get_extension,
        log,
        set_error,
        list_clients,
        send,
        send_many,
        disconnect,
        execute,
    }
}

/// Connects client 7, says those texts, ends it; what it was sent.
fn conversation(texts: &[&str]) -> Vec<String> {
    let host = host();
    let table = unsafe { &*crate::berth_project_v1() };
    let mut project = null_mut();
    let mut globals = null_mut();
    let client = Client {
        struct_size: std::mem::size_of::<Client>() as u32,
        port: 1,
        id: 7,
        address: Str::of("127.0.0.1"),
        path: Str::of("/%NAME%"),
        query: Str::EMPTY,
        origin: Str::EMPTY,
        subprotocols: std::ptr::null(),
        subprotocol_count: 0,
    };
    let mut admission = Admission {
        struct_size: std::mem::size_of::<Admission>() as u32,
        http_status: 0,
        reason: Str::EMPTY,
        subprotocol: Str::EMPTY,
    };
    SENT.with(|sent| sent.borrow_mut().clear());
    unsafe {
        assert_eq!(table.load.unwrap()(&host, &mut project), OK);
        assert_eq!(table.context_create.unwrap()(project, null_mut(), 7, &mut globals), OK);
        assert_eq!(table.connection.unwrap()(globals, null_mut(), &client, &mut admission), OK);
        for text in texts {
            let value = Value { kind: TEXT, reserved: 0, content: Content { bytes: Str::of(text) } };
            if table.message.unwrap()(globals, null_mut(), 7, &value) != OK {
                let error = ERROR.with(|error| error.borrow().clone());
                SENT.with(|sent| sent.borrow_mut().push(format!("<failed: {}>", error)));
            }
        }
        table.context_destroy.unwrap()(globals, null_mut());
    }
    SENT.with(|sent| sent.borrow().clone())
}

#[test]
fn welcomes_and_counts() {
%if database
    // This host has no database; on a real one the messages are counted.
    let expected = ["welcome to %NAME%", "<failed: this host has no database>"];
    assert_eq!(conversation(&["hello"]), expected);
%end
%unless database
    assert_eq!(conversation(&["hello", "again"]), ["welcome to %NAME%", "1: hello", "2: again"]);
%end
}
