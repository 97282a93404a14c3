/// What is said about stages and their parameters.
extension ErrorCase {
  static let stages = [
    ErrorCase(
      "outputs that cannot go",
      """
      version: 1
      name: t
      stages:
        data: {uses: dataset.images, cache: {keep: {tset: false, train: no}}}
        model: {uses: train.classifier, inputs: {train: data.train}, cache: {keep: {scores: false}}}
        attack: {uses: backdoor.evaluate, inputs: {model: model.model, images: data.test}, cache: {keep: false}}

      """,
      gives: """
        spec.yaml:4:47: error: stage 'data' has no output 'tset'
            4 |   data: {uses: dataset.images, cache: {keep: {tset: false, train: no}}}
              |                                               ^~~~
          it has: train, test
          fix: did you mean 'test'?
        spec.yaml:4:67: error: 'train' under 'keep' of stage 'data' is 'no'
            4 |   data: {uses: dataset.images, cache: {keep: {tset: false, train: no}}}
              |                                                                   ^~
          expected true or false
        spec.yaml:5:79: error: output 'scores' of stage 'model' is always kept
            5 |   model: {uses: train.classifier, inputs: {train: data.train}, cache: {keep: {scores: false}}}
              |                                                                               ^~~~~~
          tables and figures are results
          fix: remove it
        spec.yaml:6:3: error: stage 'attack' has nothing to let go
            6 |   attack: {uses: backdoor.evaluate, inputs: {model: model.model, images: data.test}, cache: {keep: f
              |   ^~~~~~
          tables and figures are results, which are always kept
          fix: remove 'cache: {keep: false}'
        """),
    ErrorCase(
      "unknown stage key",
      """
      version: 1
      name: t
      stages:
        data: {uses: dataset.images, wiht: {name: a}}

      """,
      gives: """
        spec.yaml:4:32: error: unknown key 'wiht' in stage 'data'
            4 |   data: {uses: dataset.images, wiht: {name: a}}
              |                                ^~~~
          allowed: uses, with, inputs, matrix, needs, if, cache, resources, timeout, retries, isolation
          fix: did you mean 'with'?
        """),
    ErrorCase(
      "no uses",
      """
      version: 1
      name: t
      stages:
        data: {with: {name: a}}

      """,
      gives: """
        spec.yaml:4:3: error: stage 'data' does not say what it uses
            4 |   data: {with: {name: a}}
              |   ^~~~
          every stage is of a registered type; 'pipeline stages' lists them
          fix: add uses: TYPE
        """),
    ErrorCase(
      "unknown type",
      """
      version: 1
      name: t
      stages:
        data: {uses: dataset.image}

      """,
      gives: """
        spec.yaml:4:16: error: there is no stage type 'dataset.image'
            4 |   data: {uses: dataset.image}
              |                ^~~~~~~~~~~~~
          'pipeline stages' lists all types
          fix: did you mean 'dataset.images'?
        """),
    ErrorCase(
      "unknown parameter",
      """
      version: 1
      name: t
      stages:
        data: {uses: dataset.images, with: {nmae: a}}

      """,
      gives: """
        spec.yaml:4:39: error: 'nmae' is not a parameter of dataset.images
            4 |   data: {uses: dataset.images, with: {nmae: a}}
              |                                       ^~~~
          stage 'data' (dataset.images): it has: name, train, test, lanes
          fix: did you mean 'name'?
        """),
    ErrorCase(
      "parameter of wrong type",
      """
      version: 1
      name: t
      stages:
        data: {uses: dataset.images, with: {train: many}}

      """,
      gives: """
        spec.yaml:4:46: error: train is a string: many
            4 |   data: {uses: dataset.images, with: {train: many}}
              |                                              ^~~~
          stage 'data' (dataset.images): expected an integer; training images
        """),
    ErrorCase(
      "value outside, in a list",
      """
      version: 1
      name: t
      stages:
        data: {uses: dataset.images}
        poison:
          uses: backdoor.poison
          inputs: {images: data.train}
          with:
            opacity: [1.4, 0.1]

      """,
      gives: """
        spec.yaml:9:17: error: opacity: 1.4 is outside 0 < x <= 1
            9 |       opacity: [1.4, 0.1]
              |                 ^~~
          stage 'poison' (backdoor.poison): share of the trigger in the blend
          fix: write at most 1
        """),
    ErrorCase(
      "value outside, from an axis",
      """
      version: 1
      name: t
      axes:
        opacity:
          - {label: weak, value: [0.1]}
          - {label: mixed, value: [0.1, 1.4]}
      stages:
        data: {uses: dataset.images}
        poison:
          uses: backdoor.poison
          matrix: [opacity]
          inputs: {images: data.train}
          with: {opacity: "${matrix.opacity}"}

      """,
      gives: """
        spec.yaml:6:35: error: opacity: 1.4 is outside 0 < x <= 1
            6 |     - {label: mixed, value: [0.1, 1.4]}
              |                                   ^~~
          stage 'poison' (backdoor.poison): share of the trigger in the blend
          fix: write at most 1
        """),
    ErrorCase(
      "value outside, from a field of an axis",
      """
      version: 1
      name: t
      axes:
        train:
          - {label: mixed, value: {opacities: [0.1, 1.4], budget: total}}
      stages:
        data: {uses: dataset.images}
        poison:
          uses: backdoor.poison
          matrix: [train]
          inputs: {images: data.train}
          with: {opacity: "${matrix.train.opacities}"}

      """,
      gives: """
        spec.yaml:5:47: error: opacity: 1.4 is outside 0 < x <= 1
            5 |     - {label: mixed, value: {opacities: [0.1, 1.4], budget: total}}
              |                                               ^~~
          stage 'poison' (backdoor.poison): share of the trigger in the blend
          fix: write at most 1
        """),
    ErrorCase(
      "value outside, from an override",
      overrides: ["n=0"],
      """
      version: 1
      name: t
      params:
        n: 10
      stages:
        data: {uses: dataset.images, with: {train: "${n}"}}

      """,
      gives: """
        command line: error: train: 0 is outside 1 <= x <= 1000000
          stage 'data' (dataset.images): training images
          fix: write at least 1
        """),
    ErrorCase(
      "memory and timeout",
      """
      version: 1
      name: t
      stages:
        data: {uses: dataset.images, timeout: 30, resources: {cpus: 0, memory: 2 gigs}, retries: {on: [crash]}, isolation: proces}

      """,
      gives: """
        spec.yaml:4:41: error: timeout of stage 'data' is '30'
            4 |   data: {uses: dataset.images, timeout: 30, resources: {cpus: 0, memory: 2 gigs}, retries: {on: [cra
              |                                         ^~
          expected a number and a unit: 500ms, 90s, 10m, 2h, 1d
          fix: write it like 90s, 10m or 2h
        spec.yaml:4:63: error: cpus of stage 'data' is '0'
            4 |   data: {uses: dataset.images, timeout: 30, resources: {cpus: 0, memory: 2 gigs}, retries: {on: [cra
              |                                                               ^
          expected an integer within 1...4096
        spec.yaml:4:74: error: memory of stage 'data' is '2 gigs'
            4 |   data: {uses: dataset.images, timeout: 30, resources: {cpus: 0, memory: 2 gigs}, retries: {on: [cra
              |                                                                          ^~~~~~
          expected a number and a unit: 512MiB, 2GB (B, KB, MB, GB, TB, KiB, MiB, GiB, TiB)
          fix: write it like 512MiB or 2GB
        spec.yaml:4:98: error: retry cause of stage 'data' is 'crash'
            4 |   data: {uses: dataset.images, timeout: 30, resources: {cpus: 0, memory: 2 gigs}, retries: {on: [cra
              |                                                                                                  ^~~
          expected one of lost, timeout, failed
        spec.yaml:4:118: error: isolation of stage 'data' is 'proces'
            4 | mory: 2 gigs}, retries: {on: [crash]}, isolation: proces}
              |                                                   ^~~~~~
          expected one of auto, process, inline
          fix: did you mean 'process'?
        """),
    ErrorCase(
      "defaults.with",
      """
      version: 1
      name: t
      defaults: {with: {trian: 5}}
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:3:19: error: no stage here has a parameter 'trian'
            3 | defaults: {with: {trian: 5}}
              |                   ^~~~~
          'defaults.with' reaches the stages whose type has the parameter
          fix: did you mean 'train'?
        """),
  ]
}
