import ArgumentParser
import Foundation

/// Specifications to start from; each runs as it is, without any file from outside.
enum SpecTemplate: String, CaseIterable {
  case minimal, classifier, script

  var summary: String {
    switch self {
    case .minimal: "one training, one table"
    case .classifier: "a comparison over seeds, with profiles, a table, a figure and a claim"
    case .script: "a program of your own as a stage, over an axis, with its numbers in a table"
    }
  }

  var text: String {
    switch self {
    case .minimal: Self.minimalText
    case .classifier: Self.classifierText
    case .script: Self.scriptText
    }
  }

  /// The name that an experiment gets from the name of its file.
  ///
  /// - Throws: `ValidationError` when the file's name gives none.
  static func experimentName(of file: String) throws -> String {
    let base = URL(filePath: file).deletingPathExtension().lastPathComponent.lowercased()
    let name = String(base.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    guard let first = name.first, first.isLetter else {
      throw ValidationError("'\(file)': the file's name must begin with a letter")
    }
    return name
  }

  /// The same specification under another name.
  static func renamed(_ text: String, to name: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.map { $0.hasPrefix("name:") ? "name: \(name)" : String($0) }
      .joined(separator: "\n")
  }

  private static let minimalText = """
    # yaml-language-server: $schema=pipeline.schema.json
    version: 1
    name: minimal
    title: A small network on embedded pictures

    stages:
      data:
        uses: dataset.images
        with: {prefer: [objects10], train: 2000, test: 500}
      model:
        uses: train.classifier
        inputs: {train: data.train, test: data.test}
        with: {width: 8, epochs: 2}

    tables:
      accuracy: {from: model.scores, value: ba, format: {value: ".1f", scale: 100}}

    """

  private static let classifierText = """
    # yaml-language-server: $schema=pipeline.schema.json
    # Run it:            pipeline run THIS_FILE --profile smoke
    # See what it does:  pipeline plan THIS_FILE, pipeline graph THIS_FILE
    # Change something:  pipeline run THIS_FILE epochs=3
    version: 1
    name: classifier
    title: Does a wider network learn more from the same pictures?

    params:                       # what may be changed as name=value
      train_size: {default: 5000, type: int, min: 100, help: "training pictures"}
      epochs: {default: 3, type: int, min: 1, help: "passes over them"}

    axes:                         # what is compared; every stage that lists an axis varies over it
      width: [4, 16]
      seed: [0, 1, 2]

    profiles:                     # the same experiment at several scales
      smoke:
        params: {train_size: 1000, epochs: 1}
        axes: {seed: [0, 1]}
      default: {}

    stages:
      data:
        uses: dataset.images
        with: {prefer: [objects10], train: "${train_size}", test: 1000}
      model:
        uses: train.classifier
        matrix: [width, seed]
        inputs: {train: data.train, test: data.test}
        with: {width: "${matrix.width}", epochs: "${epochs}", seed: "${matrix.seed}"}

    tables:
      accuracy:
        title: Accuracy on test pictures (%)
        from: model.scores
        rows: width
        value: ba
        over: seed
        show: "mean ± sd"
        format: {value: ".1f", scale: 100}

    plots:
      learning: {from: model.history, kind: line, x: epoch, y: test_accuracy, color: width, over: seed}

    expect:                       # a claim as data: judged after every run, exit code 4 if it fails
      - id: wider_is_better
        claim: The wider network is at least two points better
        left: "accuracy[width=16].ba"
        right: "accuracy[width=4].ba"
        greater_by: 2
        seeds: paired
        profiles: [default]

    """

  private static let scriptText = """
    # yaml-language-server: $schema=pipeline.schema.json
    version: 1
    name: script
    title: Squares, by a program of one's own

    axes:
      number: [2, 3, 4]

    stages:
      # The command sees its declared inputs, files and variables, and nothing else.
      square:
        uses: shell
        matrix: [number]
        with:
          env: {N: "${matrix.number}"}
          run: |
            printf 'n,square\\n%s,%s\\n' "$N" "$((N * N))" > "$OUT_scores"
          outputs: {scores: table}

    tables:
      squares: {from: square.scores, rows: number, value: square, format: ".0f"}

    """
}
