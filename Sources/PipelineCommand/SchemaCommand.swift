import ArgumentParser
import Pipeline
import Stages

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Prints the JSON Schema of specifications, for editors.",
    discussion: """
      An editor with a YAML language server completes stages and parameters and shows their help \
      when a specification begins with the line

        # yaml-language-server: $schema=pipeline.schema.json

      and the schema lies in that file: pipeline schema > experiments/pipeline.schema.json
      """)

  @OptionGroup var global: GlobalOptions

  func run() throws {
    print(SpecSchema(Registry.stages).jsonValue.canonicalJSON)
  }
}
