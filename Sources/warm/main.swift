import Agent
import Glibc
exit(await AgentProcess.main(arguments: Array(CommandLine.arguments.dropFirst(2))))
