// SPDX-License-Identifier: MIT
//! The Berth plugin interface, ABI 1.0, as `berth/berth.h`, `berth/ext/db.h`, `berth/ext/request.h` and
//! `berth/ext/config.h` have it; their comments say what everything means. Written by hand; the test at the end
//! holds the size of each struct and the place of each member.
#![allow(dead_code)]

use std::ffi::c_void;
use std::os::raw::c_char;

pub type Status = i32;
pub type ClientId = u64;

pub const OK: Status = 0;
pub const FAILED: Status = 1;
pub const GONE: Status = 2;
pub const BACKLOG_FULL: Status = 3;
pub const TRUNCATED: Status = 4;
pub const INVALID: Status = 5;
pub const UNSUPPORTED: Status = 6;
pub const ABSENT: Status = 7;

pub const NULL: u32 = 0;
pub const BOOLEAN: u32 = 1;
pub const INTEGER: u32 = 2;
pub const REAL: u32 = 3;
pub const TEXT: u32 = 4;
pub const BUFFER: u32 = 5;
pub const CLIENT: u32 = 6;

pub const LOG_DEBUG: i32 = 0;
pub const LOG_INFO: i32 = 1;
pub const LOG_WARNING: i32 = 2;
pub const LOG_ERROR: i32 = 3;

pub const PROCEDURE_ADMIN: u64 = 1;

pub const EXT_DB: &str = "berth.db/1\0";
pub const EXT_REQUEST: &str = "berth.request/1\0";
pub const EXT_CONFIG: &str = "berth.config/1\0";

/// Bytes with a length, borrowed.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Str {
    pub data: *const u8,
    pub size: usize,
}

impl Str {
    pub const EMPTY: Str = Str { data: std::ptr::null(), size: 0 };

    pub const fn of(text: &str) -> Str {
        Str { data: text.as_ptr(), size: text.len() }
    }
    pub const fn of_bytes(bytes: &[u8]) -> Str {
        Str { data: bytes.as_ptr(), size: bytes.len() }
    }
    /// # Safety
    /// What it points at must live as long as `'a`.
    pub unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.size == 0 {
            &[]
        } else {
            std::slice::from_raw_parts(self.data, self.size)
        }
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
pub union Content {
    pub integer: i64,
    pub real: f64,
    pub client: ClientId,
    pub bytes: Str,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Value {
    pub kind: u32,
    pub reserved: u32,
    pub content: Content,
}

#[repr(C)]
pub struct Context {
    opaque: [u8; 0],
}

#[repr(C)]
pub struct Client {
    pub struct_size: u32,
    pub port: u32,
    pub id: ClientId,
    pub address: Str,
    pub path: Str,
    pub query: Str,
    pub origin: Str,
    pub subprotocols: *const Str,
    pub subprotocol_count: usize,
}

#[repr(C)]
pub struct Admission {
    pub struct_size: u32,
    pub http_status: u32,
    pub reason: Str,
    pub subprotocol: Str,
}

#[repr(C)]
pub struct Close {
    pub struct_size: u32,
    pub code: u16,
    pub cause: u16,
    pub reason: Str,
}

#[repr(C)]
pub struct Completion {
    pub struct_size: u32,
    pub reserved: u32,
    pub in_context: ClientId,
    pub tag: i64,
    pub procedure: Str,
}

pub type ProcedureFn = unsafe extern "C" fn(*mut c_void, *mut Context, *const Value, usize) -> Status;

#[repr(C)]
pub struct Procedure {
    pub name: Str,
    pub signature: Str,
    pub run: Option<ProcedureFn>,
    pub flags: u64,
}

/// What the host offers. Everything is there in ABI 1.0; look at `struct_size` before what later minors append.
#[repr(C)]
pub struct Host {
    pub struct_size: u32,
    pub abi_minor: u32,
    pub host_data: *mut c_void,
    pub get_extension: unsafe extern "C" fn(*const Host, *const c_char) -> *const c_void,
    pub log: unsafe extern "C" fn(*const Host, i32, Str),
    pub set_error: unsafe extern "C" fn(*const Host, *mut Context, Str),
    pub list_clients: unsafe extern "C" fn(*const Host, *mut ClientId, usize, *mut usize) -> Status,
    pub send: unsafe extern "C" fn(*const Host, ClientId, *const Value) -> Status,
    pub send_many: unsafe extern "C" fn(*const Host, *const ClientId, usize, *const Value, *mut usize) -> Status,
    pub disconnect: unsafe extern "C" fn(*const Host, ClientId, u16, Str) -> Status,
    pub execute:
        unsafe extern "C" fn(*const Host, ClientId, Str, *const Value, usize, *const Completion) -> Status,
}

/// What a project provides: constant data.
#[repr(C)]
pub struct Project {
    pub struct_size: u32,
    pub abi_minor_required: u32,
    pub name: Str,
    pub version: Str,
    pub global_service_annotation: Str,
    pub flags: u64,
    pub procedures: *const Procedure,
    pub procedure_count: usize,
    pub load: Option<unsafe extern "C" fn(*const Host, *mut *mut c_void) -> Status>,
    pub unload: Option<unsafe extern "C" fn(*mut c_void)>,
    pub context_create:
        Option<unsafe extern "C" fn(*mut c_void, *mut Context, ClientId, *mut *mut c_void) -> Status>,
    pub context_destroy: Option<unsafe extern "C" fn(*mut c_void, *mut Context)>,
    pub global_service: Option<unsafe extern "C" fn(*mut c_void, *mut Context) -> Status>,
    pub connection:
        Option<unsafe extern "C" fn(*mut c_void, *mut Context, *const Client, *mut Admission) -> Status>,
    pub message: Option<unsafe extern "C" fn(*mut c_void, *mut Context, ClientId, *const Value) -> Status>,
    pub disconnection: Option<unsafe extern "C" fn(*mut c_void, *mut Context, ClientId, *const Close) -> Status>,
    pub stop: Option<unsafe extern "C" fn(*mut c_void, *mut Context) -> Status>,
    pub get_extension: Option<unsafe extern "C" fn(*mut c_void, *const c_char) -> *const c_void>,
}

// Constant data and functions: any thread may read it.
unsafe impl Sync for Project {}
unsafe impl Sync for Procedure {}

/// The note that names the ABI, readable before any code of the library runs.
#[repr(C, align(4))]
pub struct Note {
    name_size: u32,
    description_size: u32,
    kind: u32,
    name: [u8; 8],
    abi_major: u32,
    abi_minor: u32,
}

#[used]
#[link_section = ".note.berth"]
pub static NOTE: Note =
    Note { name_size: 6, description_size: 8, kind: 1, name: *b"Berth\0\0\0", abi_major: 1, abi_minor: 0 };

// ---- berth.db/1 -----------------------------------------------------------------------------------------

#[repr(C)]
pub struct Statement {
    opaque: [u8; 0],
}

pub const DB_READ: u32 = 0;
pub const DB_WRITE: u32 = 1;

#[repr(C)]
pub struct Db {
    pub struct_size: u32,
    pub reserved: u32,
    pub prepare: unsafe extern "C" fn(*mut Context, Str, *mut *mut Statement) -> Status,
    pub bind: unsafe extern "C" fn(*mut Statement, u32, *const Value) -> Status,
    pub step: unsafe extern "C" fn(*mut Statement, *mut u32) -> Status,
    pub column_count: unsafe extern "C" fn(*mut Statement) -> u32,
    pub column_name: unsafe extern "C" fn(*mut Statement, u32, *mut Str) -> Status,
    pub column: unsafe extern "C" fn(*mut Statement, u32, *mut Value) -> Status,
    pub reset: unsafe extern "C" fn(*mut Statement) -> Status,
    pub finalize: unsafe extern "C" fn(*mut Statement),
    pub execute: unsafe extern "C" fn(*mut Context, Str) -> Status,
    pub begin: unsafe extern "C" fn(*mut Context, u32) -> Status,
    pub commit: unsafe extern "C" fn(*mut Context) -> Status,
    pub rollback: unsafe extern "C" fn(*mut Context) -> Status,
    pub last_insert_id: unsafe extern "C" fn(*mut Context) -> i64,
    pub changes: unsafe extern "C" fn(*mut Context) -> i64,
    pub error: unsafe extern "C" fn(*mut Context, *mut i32, *mut Str),
}

// ---- berth.request/1 and berth.config/1 -----------------------------------------------------------------

#[repr(C)]
pub struct Tls {
    pub struct_size: u32,
    pub active: u32,
    pub version: Str,
    pub cipher: Str,
    pub certificate_subject: Str,
}

#[repr(C)]
pub struct ClientFigures {
    pub struct_size: u32,
    pub reserved: u32,
    pub connected_at_ms: i64,
    pub idle_ms: i64,
    pub messages_in: u64,
    pub bytes_in: u64,
    pub messages_out: u64,
    pub bytes_out: u64,
}

#[repr(C)]
pub struct Request {
    pub struct_size: u32,
    pub reserved: u32,
    pub client: unsafe extern "C" fn(*mut Context, *mut Client) -> Status,
    pub header_at: unsafe extern "C" fn(*mut Context, usize, *mut Str, *mut Str) -> Status,
    pub header: unsafe extern "C" fn(*mut Context, Str, usize, *mut Str) -> Status,
    pub query: unsafe extern "C" fn(*mut Context, Str, usize, *mut Str) -> Status,
    pub cookie: unsafe extern "C" fn(*mut Context, Str, *mut Str) -> Status,
    pub subprotocol: unsafe extern "C" fn(*mut Context, *mut Str) -> Status,
    pub tls: unsafe extern "C" fn(*mut Context, *mut Tls) -> Status,
    pub user: unsafe extern "C" fn(*mut Context, *mut Str) -> Status,
    pub claim: unsafe extern "C" fn(*mut Context, Str, *mut Str) -> Status,
    pub figures: unsafe extern "C" fn(*mut Context, *mut ClientFigures) -> Status,
}

#[repr(C)]
pub struct Config {
    pub struct_size: u32,
    pub reserved: u32,
    pub get: unsafe extern "C" fn(*const Host, Str, *mut Value) -> Status,
    pub at: unsafe extern "C" fn(*const Host, usize, *mut Str, *mut Value) -> Status,
    pub data_directory: unsafe extern "C" fn(*const Host, *mut Str) -> Status,
}

#[cfg(test)]
mod layout {
    use super::*;
    use std::mem::{size_of, MaybeUninit};

    macro_rules! holds {
        ($type:ty, $size:expr, $($member:ident $offset:expr),*) => {{
            assert_eq!(size_of::<$type>(), $size, stringify!($type));
            let object = MaybeUninit::<$type>::uninit();
            let base = object.as_ptr();
            $(
                let place = unsafe { std::ptr::addr_of!((*base).$member) } as usize - base as usize;
                assert_eq!(place, $offset, concat!(stringify!($type), ".", stringify!($member)));
            )*
        }};
    }

    #[test]
    fn is_that_of_the_header() {
        holds!(Str, 16, data 0, size 8);
        holds!(Value, 24, kind 0, reserved 4, content 8);
        holds!(Client, 96, struct_size 0, port 4, id 8, address 16, path 32, query 48, origin 64,
            subprotocols 80, subprotocol_count 88);
        holds!(Admission, 40, struct_size 0, http_status 4, reason 8, subprotocol 24);
        holds!(Close, 24, struct_size 0, code 4, cause 6, reason 8);
        holds!(Completion, 40, struct_size 0, reserved 4, in_context 8, tag 16, procedure 24);
        holds!(Procedure, 48, name 0, signature 16, run 32, flags 40);
        holds!(Host, 80, struct_size 0, abi_minor 4, host_data 8, get_extension 16, log 24, set_error 32,
            list_clients 40, send 48, send_many 56, disconnect 64, execute 72);
        holds!(Project, 160, struct_size 0, abi_minor_required 4, name 8, version 24,
            global_service_annotation 40, flags 56, procedures 64, procedure_count 72, load 80, unload 88,
            context_create 96, context_destroy 104, global_service 112, connection 120, message 128,
            disconnection 136, stop 144, get_extension 152);
        holds!(Db, 128, struct_size 0, reserved 4, prepare 8, bind 16, step 24, column_count 32, column_name 40,
            column 48, reset 56, finalize 64, execute 72, begin 80, commit 88, rollback 96, last_insert_id 104,
            changes 112, error 120);
        holds!(Tls, 56, struct_size 0, active 4, version 8, cipher 24, certificate_subject 40);
        holds!(ClientFigures, 56, struct_size 0, reserved 4, connected_at_ms 8, idle_ms 16, messages_in 24,
            bytes_in 32, messages_out 40, bytes_out 48);
        holds!(Request, 88, struct_size 0, reserved 4, client 8, header_at 16, header 24, query 32, cookie 40,
            subprotocol 48, tls 56, user 64, claim 72, figures 80);
        holds!(Config, 32, struct_size 0, reserved 4, get 8, at 16, data_directory 24);
    }
}
