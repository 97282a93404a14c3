import Pipeline

/// The example of the documentation, and small specifications built from it.
enum ExampleSpec {
  static let file = "experiments/titim_cifar.yaml"

  static func loader(_ files: [String: String]) -> SpecLoader {
    SpecLoader(registry: FakeStages.registry, reader: .memory(files))
  }

  static func load(
    _ text: String = text, profile: String? = nil, overrides: [String] = []
  ) throws(SpecErrors) -> Graph {
    try loader([file: text, "experiments/common/defaults.yaml": defaults])
      .load(file: file, profile: profile, overrides: overrides)
  }

  /// All that is wrong with a specification, as the user sees it; empty when nothing is.
  static func problems(
    _ text: String, profile: String? = nil, overrides: [String] = []
  ) -> String {
    do {
      _ = try loader(["spec.yaml": text])
        .load(file: "spec.yaml", profile: profile, overrides: overrides)
      return ""
    } catch {
      return error.rendered()
    }
  }

  static let defaults = """
    version: 1
    defaults: {timeout: 30m, retries: {max: 1, on: [lost, timeout]}}
    """

  static let text = """
    version: 1
    name: titim_cifar
    title: Training/inference trigger-intensity mismatch, CIFAR-10, ResNet-18
    paper: {key: TITIM, note: "reference values are those of the abstract"}
    include: [common/defaults.yaml]

    params:
      dataset:     {default: cifar10, values: [cifar10, fashion_mnist, shapes], help: "image source"}
      train_size:  {default: 10000, type: int, min: 500}
      test_size:   {default: 2000, type: int, min: 100}
      arch:        {default: resnet8, values: [resnet8, resnet18, cnn4]}
      epochs:      {default: 12, type: int, min: 1}
      lr:          0.05
      poison_rate: {default: 5%, type: float, min: 0, max: 0.5}
      target:      0

    axes:
      train_opacity:
        - {label: "1.0",   value: [1.0]}
        - {label: "0.5",   value: [0.5]}
        - {label: "0.1",   value: [0.1]}
        - {label: "mixed", value: [1.0, 0.1]}
      test_opacity: [0.1, 0.3, 0.5, 0.7, 1.0]
      seed: [1, 2, 3]

    profiles:
      smoke:
        params: {dataset: shapes, train_size: 1000, test_size: 300, arch: cnn4, epochs: 2}
        axes: {seed: [1], test_opacity: [0.1, 1.0]}
      default: {}
      paper:
        params: {train_size: 50000, test_size: 10000, arch: resnet18, epochs: 100}
        axes: {seed: [1, 2, 3, 4, 5]}
        defaults: {timeout: 2h}

    override:
      defaults: {retries: 2}

    defaults: {resources: {cpus: 1, memory: 1GiB}, with: {trigger: patch}}

    stages:
      data:
        uses: dataset.images
        with: {name: "${dataset}", train: "${train_size}", test: "${test_size}"}
      poison:
        uses: backdoor.poison
        matrix: [train_opacity]
        inputs: {images: data.train}
        with: {opacity: "${matrix.train_opacity}", rate: "${poison_rate}", target: "${target}"}
      model:
        uses: train.classifier
        matrix: [train_opacity, seed]
        inputs: {train: poison.images, test: data.test}
        with: {arch: "${arch}", epochs: "${epochs}", lr: "${lr}", seed: "${matrix.seed}"}
        resources: {cpus: 2, memory: 3GiB}
      attack:
        uses: backdoor.evaluate
        matrix: [train_opacity, seed, test_opacity]
        inputs: {model: model.model, images: data.test}
        with: {opacity: "${matrix.test_opacity}", target: "${target}"}
      scale_up:
        uses: defense.scale_up
        matrix: [seed, test_opacity]
        inputs:
          model:  {from: model.model, where: {train_opacity: "1.0"}}
          images: data.test
        with: {opacity: "${matrix.test_opacity}", target: "${target}", scales: [3, 5, 7, 9, 11]}
        if: "${poison_rate > 0}"
      summary:
        uses: backdoor.matrix
        inputs:
          attacks: {from: attack.scores, gather: true}
          defenses: {from: scale_up.scores, gather: true}

    tables:
      asr:
        title: Attack success rate (%) by training and testing opacity
        from: attack.scores
        rows: train_opacity
        columns: test_opacity
        value: asr
        over: seed
        show: "mean ± sd"
        derive: {worst: "min(columns)", mean: "mean(columns)"}
        format: {value: ".2f", scale: 100}
        highlight: {best: max, per: column}
      clean:   {from: model.scores, rows: train_opacity, value: accuracy, over: seed, format: {value: ".2f", scale: 100}}
      defense: {from: scale_up.scores, rows: test_opacity, value: auroc, over: seed, format: ".3f"}

    plots:
      asr_curve: {from: attack.scores, kind: line, x: test_opacity, y: asr, color: train_opacity, over: seed}
      asr_map:   {kind: heatmap, table: asr}
      triggers:  {from: poison.preview, kind: images, columns: train_opacity}

    expect:
      - id: mixed_beats_best_single
        claim: Mixing training opacities beats any single opacity in the worst case
        left:  "asr[train_opacity=mixed].worst"
        right: "max(asr[train_opacity!=mixed].worst)"
        greater_by: 10
        paper: {left: 92.77, right: 10.61, where: abstract}
        profiles: [default, paper]
      - id: mixed_worst_value
        value: "asr[train_opacity=mixed].worst"
        paper: {value: 92.77, where: abstract}
        within: {abs: 3}
        profiles: [paper]
      - id: mismatch_hides_from_defense
        left:  "defense[test_opacity=0.7]"
        right: "defense[test_opacity=1.0]"
        less_by: 0.1
        seeds: paired
        paper: {left: 0.62, right: 0.96, where: abstract}
        profiles: [default, paper]
      - id: attack_survives
        value: "asr[train_opacity='1.0', test_opacity=0.7]"
        at_least: 80
        paper: {value: 91.62, where: abstract}
        profiles: [default, paper]
        level: warn
    """
}
