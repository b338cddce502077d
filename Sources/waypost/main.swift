// SPDX-License-Identifier: Apache-2.0
import Agent
import Commands
import Glibc
import HTTPAPI

// What the process was called with goes to the command line; its exit code comes back.
let code = await CommandLineTool(
    program: CommandLine.arguments.first ?? "waypost",
    environment: ProcessEnvironment.variables,
    files: SystemFiles(),
    operandFiles: SystemFiles(readsPipes: true),
    inspect: { FileInspection.report(of: $0) },
    interfaces: { HostInspection.interfaces() },
    recordFormat: { SnapshotRecordObject.append($0, to: &$1) },
    agent: { arguments in await AgentProcess.main(arguments: arguments) }
).run(Array(CommandLine.arguments.dropFirst()))
exit(code)
