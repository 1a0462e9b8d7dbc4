// SPDX-License-Identifier: MIT
//! Drives the project's table as a host would, with a host that remembers what it was asked to send.
use crate::berth::*;
%if database
use std::cell::Cell;
%end
use std::cell::RefCell;
%if database
use std::ffi::CStr;
%end
use std::ffi::c_void;
use std::os::raw::c_char;
use std::ptr::null_mut;

thread_local! {
    static SENT: RefCell<Vec<String>> = RefCell::new(Vec::new());
    static ERROR: RefCell<String> = RefCell::new(String::new());
%if database
    static ROWS: Cell<i64> = Cell::new(0);
%end
}

unsafe fn owned(text: Str) -> String {
    String::from_utf8_lossy(text.bytes()).into_owned()
}
%unless database
unsafe extern "C" fn get_extension(_: *const Host, _: *const c_char) -> *const c_void {
    std::ptr::null()
}
%end
%if database
unsafe extern "C" fn get_extension(_: *const Host, name: *const c_char) -> *const c_void {
    if CStr::from_ptr(name).to_bytes_with_nul() == EXT_DB.as_bytes() {
        (&DATABASE as *const Db).cast()
    } else {
        std::ptr::null()
    }
}
%end
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

%if database
// A database that knows no more than how many rows were inserted; a statement is its text.
unsafe extern "C" fn prepare(_: *mut Context, sql: Str, statement: *mut *mut Statement) -> Status {
    *statement = Box::into_raw(Box::new(owned(sql))).cast();
    OK
}
unsafe extern "C" fn bind(_: *mut Statement, _: u32, _: *const Value) -> Status {
    OK
}
unsafe extern "C" fn step(statement: *mut Statement, has_row: *mut u32) -> Status {
    let sql = &*statement.cast::<String>();
    if sql.starts_with("insert") {
        ROWS.with(|rows| rows.set(rows.get() + 1));
    }
    *has_row = sql.starts_with("select") as u32;
    OK
}
unsafe extern "C" fn column_count(_: *mut Statement) -> u32 {
    1
}
unsafe extern "C" fn column_name(_: *mut Statement, _: u32, name: *mut Str) -> Status {
    *name = Str::of("count(*)");
    OK
}
unsafe extern "C" fn column(_: *mut Statement, _: u32, value: *mut Value) -> Status {
    *value = Value { kind: INTEGER, reserved: 0, content: Content { integer: ROWS.with(Cell::get) } };
    OK
}
unsafe extern "C" fn reset(_: *mut Statement) -> Status {
    OK
}
unsafe extern "C" fn finalize(statement: *mut Statement) {
    drop(Box::from_raw(statement.cast::<String>()));
}
unsafe extern "C" fn run_script(_: *mut Context, _: Str) -> Status {
    OK
}
unsafe extern "C" fn begin(_: *mut Context, _: u32) -> Status {
    OK
}
unsafe extern "C" fn end(_: *mut Context) -> Status {
    OK
}
unsafe extern "C" fn inserted(_: *mut Context) -> i64 {
    ROWS.with(Cell::get)
}
unsafe extern "C" fn error(_: *mut Context, _: *mut i32, text: *mut Str) {
    *text = Str::EMPTY;
}
static DATABASE: Db = Db {
    struct_size: std::mem::size_of::<Db>() as u32,
    reserved: 0,
    prepare,
    bind,
    step,
    column_count,
    column_name,
    column,
    reset,
    finalize,
    execute: run_script,
    begin,
    commit: end,
    rollback: end,
    last_insert_id: inserted,
    changes: inserted,
    error,
};

%end
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
    assert_eq!(conversation(&["hello", "again"]), ["welcome to %NAME%", "1 of 1: hello", "2 of 2: again"]);
%end
%unless database
    assert_eq!(conversation(&["hello", "again"]), ["welcome to %NAME%", "1: hello", "2: again"]);
%end
}
