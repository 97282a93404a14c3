import ArgumentParser

struct CompletionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completions", abstract: "Prints a completion script for a shell.",
    discussion: """
      bash: pipeline completions bash > ~/.local/share/bash-completion/completions/pipeline
      zsh:  pipeline completions zsh > ~/.zfunc/_pipeline   (with ~/.zfunc in fpath)
      fish: pipeline completions fish > ~/.config/fish/completions/pipeline.fish
      """)

  enum Shell: String, ExpressibleByArgument, CaseIterable {
    case bash, zsh, fish

    fileprivate var completionShell: CompletionShell {
      switch self {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    }
  }

  @Argument(help: "bash, zsh or fish.")
  var shell: Shell

  func run() throws {
    print(PipelineCommand.completionScript(for: shell.completionShell))
  }
}
