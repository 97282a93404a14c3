import Foundation
import Testing

/// What bash offers when TAB is pressed, by the script that the program prints.
struct CompletionTests {
  private let program: ProgramUnderTest

  init() throws {
    program = try ProgramUnderTest()
    try program.write(FlagsTests.spec, to: "experiments/small.yaml")
    try program.write("none", to: "experiments/notes.txt")
  }

  /// The words offered for the last one of a command line.
  private func offered(_ words: [String]) throws -> [String] {
    let script = try program.run("completions", "bash")
    try program.write(script.output, to: "completions.bash")
    let shell = Process()
    let output = Pipe()
    shell.executableURL = URL(filePath: "/bin/bash")
    shell.currentDirectoryURL = program.folder
    shell.environment = ["PATH": "/usr/bin:/bin"]
    shell.arguments =
      [
        "-c",
        """
        source completions.bash
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
        _pipeline "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
        """, "bash", ProgramUnderTest.executable.path,
      ] + words
    shell.standardOutput = output
    try shell.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    shell.waitUntilExit()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test(arguments: [
    (["run", "experiments/s"], ["experiments/small.yaml"]),
    (["run", "experiments/small.yaml", "--profile", ""], ["smoke", "default"]),
    (["run", "experiments/small.yaml", "--upto", "s"], ["score"]),
    (["run", "experiments/small.yaml", "--skip", "note,l"], ["note,last"]),
    (["plan", "experiments/small.yaml", "--force", ""], ["note", "score", "last"]),
    (["stages", "show", "text.w"], ["text.write"]),
    (["new", "x.yaml", "--from", "cl"], ["classifier"]),
    (["new", "x.yaml", "--from", "experiments/"], ["experiments/small.yaml"]),
    (["assets", "get", "cif"], ["cifar10"]),
    (["results", "s"], []),
  ])
  func names(words: [String], expected: [String]) throws {
    #expect(try offered(words) == expected)
  }

  @Test func storedRunsAndTheirTables() throws {
    #expect(try program.run("run", "experiments/small.yaml", "--name", "one").status == 0)
    #expect(try offered(["results", "s"]) == ["small"])
    #expect(try offered(["results", "small/"]).last == "small/latest")
    #expect(try offered(["results", "--table", ""]) == ["l", "s", "last.t", "score.t"])
    #expect(try offered(["explain", "sc"]) == ["score"])
    #expect(try offered(["compare", "small", "ex"]) == ["experiments/"])
  }
}
