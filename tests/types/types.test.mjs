// SPDX-License-Identifier: MIT
// The types of the browser client, by the TypeScript compiler.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import ts from "typescript";

import * as module from "../../sdk/js/berth-client.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const declarations = at("../../sdk/js/berth-client.d.mts");

const strict = {
    strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noUnusedLocals: true, noEmit: true,
    target: ts.ScriptTarget.ES2022, lib: ["lib.es2022.d.ts", "lib.dom.d.ts"], types: [],
};
/** How programs find modules today: Node.js, and what puts pages together. */
const ways = {
    node: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
    bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
};

/** What the compiler says, a line each. */
function said_of(file, way) {
    const program = ts.createProgram([file], { ...strict, ...ways[way] });
    return ts.getPreEmitDiagnostics(program).map(({ file: where, start, messageText }) => {
        const line = where ? `${where.fileName}:${where.getLineAndCharacterOfPosition(start).line + 1}: ` : "";
        return line + ts.flattenDiagnosticMessageText(messageText, " ");
    });
}

for (const way of Object.keys(ways)) {
    test(`${way}: a program that uses everything compiles, and its mistakes are seen`, () => {
        assert.deepEqual(said_of(at("usage.mts"), way), []);
    });

    test(`${way}: the package has its types`, () => {
        const directory = mkdtempSync(join(tmpdir(), "berth-types-"));
        try {
            mkdirSync(join(directory, "node_modules"));
            symlinkSync(at("../../sdk/js"), join(directory, "node_modules/berth-client"));
            const program = join(directory, "program.mts");
            writeFileSync(program, 'import { Client } from "berth-client";\nexport const state: string = new Client("/chat").state;\n');
            assert.deepEqual(said_of(program, way), []);

            writeFileSync(program, 'import { Client } from "berth-client";\nexport const state: number = new Client("/chat").state;\n');
            assert.equal(said_of(program, way).length, 1);
        } finally {
            rmSync(directory, { recursive: true });
        }
    });
}

test("what is declared is what the module has", () => {
    const program = ts.createProgram([declarations], { ...strict, ...ways.node });
    const checker = program.getTypeChecker();
    const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(declarations)));
    const values = exported.filter(({ flags }) => flags & ts.SymbolFlags.Value);
    assert.deepEqual(values.map(({ name }) => name).sort(), Object.keys(module).sort());

    const declared = exported.find(({ name }) => name === "Client");
    const members = (symbols) => [...symbols.keys()].map(String).filter((name) => !/^(__constructor|prototype)$/.test(name)).sort();
    const own = (object, ...without) => Object.getOwnPropertyNames(object).filter((name) => !without.includes(name)).sort();
    assert.deepEqual(members(declared.members), own(module.Client.prototype, "constructor"));
    assert.deepEqual(members(declared.exports), own(module.Client, "length", "name", "prototype"));
});
