// SPDX-License-Identifier: Apache-2.0

/// The cases of the DNS specification as data, one group in each file of `Cases/`.
///
/// A block is a case: number, configuration, name, type and options; then the result code, the
/// flags beside QR and the octets of the reply (`-`: not stated); then one line for each record
/// with its section. `@` is the name asked for, octet by octet. Records of a section may come in
/// any order unless `in order` says otherwise. A `#` line is a note.
enum CaseText {}
