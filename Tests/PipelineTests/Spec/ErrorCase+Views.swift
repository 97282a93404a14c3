/// What is said about tables, plots and overrides.
extension ErrorCase {
  static let views = [
    ErrorCase(
      "table names",
      """
      version: 1
      name: t
      axes:
        seed: [1, 2]
        alpha: [0.1, {label: big, value: 1.4}]
      stages:
        data: {uses: dataset.images}
        model: {uses: train.classifier, matrix: [seed], inputs: {train: data.train}}
        attack: {uses: backdoor.evaluate, matrix: [seed], inputs: {model: model.model, images: data.test}}
      tables:
        a: {from: attak.scores, value: asr}
        b: {from: attack.model, value: asr}
        c: {from: attack.scores, rows: sed, over: seed, value: kind, where: {seed: 5}}
        d: {rows: seed}

      """,
      gives: """
        spec.yaml:11:13: error: there is no stage 'attak'
           11 |   a: {from: attak.scores, value: asr}
              |             ^~~~~~~~~~~~
          fix: did you mean 'attack'?
        spec.yaml:12:13: error: stage 'attack' has no table 'model'
           12 |   b: {from: attack.model, value: asr}
              |             ^~~~~~~~~~~~
          backdoor.evaluate has: scores
          fix: choose one of: scores
        spec.yaml:13:34: error: table 'c': there is no axis or column 'sed'
           13 |   c: {from: attack.scores, rows: sed, over: seed, value: kind, where: {seed: 5}}
              |                                  ^~~
          known here: seed, asr, auroc, kind
          fix: did you mean 'seed'?
        spec.yaml:13:58: error: table 'c': there is no numeric column 'kind'
           13 |   c: {from: attack.scores, rows: sed, over: seed, value: kind, where: {seed: 5}}
              |                                                          ^~~~
          known here: asr, auroc
          fix: choose one of them
        spec.yaml:13:78: error: axis 'seed' has no label '5'
           13 |   c: {from: attack.scores, rows: sed, over: seed, value: kind, where: {seed: 5}}
              |                                                                              ^
          its labels: 1, 2
        spec.yaml:14:3: error: table 'd' has no 'from'
           14 |   d: {rows: seed}
              |   ^
          it shows the output of a stage
          fix: add from: stage.output
        """),
    ErrorCase(
      "table axis not placed",
      """
      version: 1
      name: t
      axes:
        seed: [1, 2]
        alpha: [0.1, {label: big, value: 1.4}]
      stages:
        data: {uses: dataset.images}
        model: {uses: train.classifier, matrix: [seed], inputs: {train: data.train}}
        attack: {uses: backdoor.evaluate, matrix: [seed], inputs: {model: model.model, images: data.test}}
      tables:
        a: {from: attack.scores, value: asr}

      """,
      gives: """
        spec.yaml:11:3: error: table 'a' does not say what to do with the axis 'seed'
           11 |   a: {from: attack.scores, value: asr}
              |   ^
          stage 'attack' varies over it, so each cell would mix its labels
          fix: put it in rows, columns or over (its mean is shown), or pin it with 'where'
        """),
    ErrorCase(
      "table forms",
      """
      version: 1
      name: t
      axes:
        seed: [1, 2]
        alpha: [0.1, {label: big, value: 1.4}]
      stages:
        data: {uses: dataset.images}
        model: {uses: train.classifier, matrix: [seed], inputs: {train: data.train}}
        attack: {uses: backdoor.evaluate, matrix: [seed], inputs: {model: model.model, images: data.test}}
      tables:
        a:
          from: attack.scores
          rows: seed
          value: asr
          show: median
          format: 2f
          derive: {worst: "sum(columns)"}
          highlight: {best: big}

      """,
      gives: """
        spec.yaml:15:11: error: 'show' of table 'a' is 'median'
           15 |     show: median
              |           ^~~~~~
          expected "mean" or "mean ± sd"
        spec.yaml:16:13: error: format of table 'a' is '2f'
           16 |     format: 2f
              |             ^~
          expected digits such as ".2f" or ".2e"
        spec.yaml:17:21: error: 'worst' of table 'a' is 'sum(columns)'
           17 |     derive: {worst: "sum(columns)"}
              |                     ^~~~~~~~~~~~~~
          expected one of min(columns), max(columns), mean(columns)
        spec.yaml:18:23: error: 'best' of table 'a' is 'big'
           18 |     highlight: {best: big}
              |                       ^~~
          expected max, min or none
        """),
    ErrorCase(
      "plots",
      """
      version: 1
      name: t
      axes:
        seed: [1, 2]
        alpha: [0.1, {label: big, value: 1.4}]
      stages:
        data: {uses: dataset.images}
        model: {uses: train.classifier, matrix: [seed], inputs: {train: data.train}}
        attack: {uses: backdoor.evaluate, matrix: [seed], inputs: {model: model.model, images: data.test}}
      tables:
        asr: {from: attack.scores, rows: seed, value: asr}
      plots:
        a: {kind: pie}
        b: {kind: heatmap, table: asrr}
        c: {kind: heatmap, table: asr, x: seed}
        d: {kind: line, from: attack.scores, x: seed}
        e: {kind: images, from: attack.scores}
        f: {kind: scatter, from: attack.scores, x: [asr, auroc], y: auroc, color: [seed, kind]}

      """,
      gives: """
        spec.yaml:13:13: error: kind of plot 'a' is 'pie'
           13 |   a: {kind: pie}
              |             ^~~
          expected one of line, scatter, heatmap, images
          fix: did you mean 'line'?
        spec.yaml:14:29: error: there is no table 'asrr'
           14 |   b: {kind: heatmap, table: asrr}
              |                             ^~~~
          fix: did you mean 'asr'?
        spec.yaml:15:29: error: table 'asr' has no 'columns'
           15 |   c: {kind: heatmap, table: asr, x: seed}
              |                             ^~~
          a heatmap needs two directions
          fix: name a table with rows and columns
        spec.yaml:15:37: error: plot 'c' is of kind 'heatmap' and takes no 'x'
           15 |   c: {kind: heatmap, table: asr, x: seed}
              |                                     ^~~~
          fix: remove 'x'
        spec.yaml:16:3: error: plot 'd' has no 'y'
           16 |   d: {kind: line, from: attack.scores, x: seed}
              |   ^
          a line plot shows y over x
          fix: add y: COLUMN
        spec.yaml:17:27: error: stage 'attack' has no figure 'scores'
           17 |   e: {kind: images, from: attack.scores}
              |                           ^~~~~~~~~~~~~
          backdoor.evaluate has no output of type figure
          fix: choose another stage
        spec.yaml:18:46: error: 'x' of plot 'f' has 2 names
           18 |   f: {kind: scatter, from: attack.scores, x: [asr, auroc], y: auroc, color: [seed, kind]}
              |                                              ^
          a plot shows one there
          fix: write x: NAME
        spec.yaml:18:77: error: 'color' of plot 'f' has 2 names
           18 |   f: {kind: scatter, from: attack.scores, x: [asr, auroc], y: auroc, color: [seed, kind]}
              |                                                                             ^
          a plot shows one there
          fix: write color: NAME
        """),
    ErrorCase(
      "override of nothing",
      overrides: ["epohcs=3"],
      """
      version: 1
      name: t
      params:
        epochs: 3
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        command line: error: override 'epohcs=3': no such parameter
          fix: did you mean 'epochs' (spec.yaml:4)?
        """),
    ErrorCase(
      "override without value",
      overrides: ["epochs"],
      """
      version: 1
      name: t
      params:
        epochs: 3
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        command line: error: override 'epochs' has no '='
          overrides are key=value
          fix: write epochs=VALUE
        """),
    ErrorCase(
      "override of another type",
      overrides: ["epochs=three"],
      """
      version: 1
      name: t
      params:
        epochs: 3
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        command line: error: parameter 'epochs' is 'three', a string
          it is declared as int (spec.yaml:4)
          fix: write an integer: 3
        """),
    ErrorCase(
      "override outside",
      overrides: ["epochs=10"],
      """
      version: 1
      name: t
      params:
        epochs: {default: 3, max: 9}
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        command line: error: parameter 'epochs': 10 is above the maximum 9
          fix: write at most 9
        """),
    ErrorCase(
      "override of an axis",
      overrides: [
        "axes.sed=[1]", "axes.seed=[1", "axes.seed=[]", "axes.seed=", "axes.seed=3",
        "axes.seed=[1, 1]",
      ],
      """
      version: 1
      name: t
      axes:
        seed: [1, 2]
        alpha: [0.1, {label: big, value: 1.4}]
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        command line: error: override 'axes.sed=[1]': no such axis
          fix: did you mean 'seed'?
        command line: error: override 'axes.seed=[1': not valid YAML: did not find expected ',' or ']'
          while parsing a flow sequence that starts on line 1
          fix: write a list: '[a, b]', quoted for the shell
        command line: error: override 'axes.seed=[]': an axis takes a list of values
          it replaces the entries of axis 'seed'
          fix: write 'axes.seed=[a, b]', quoted for the shell
        command line: error: override 'axes.seed=': an axis takes a list of values
          it replaces the entries of axis 'seed'
          fix: write 'axes.seed=[a, b]', quoted for the shell
        command line: error: override 'axes.seed=3': an axis takes a list of values
          it replaces the entries of axis 'seed'
          fix: write 'axes.seed=[a, b]', quoted for the shell
        command line: error: override 'axes.seed=[1, 1]': axis 'seed' has the label '1' twice
          labels name the instances
          fix: remove one, or give it another label
        """),
    ErrorCase(
      "several at once",
      """
      version: 1
      name: t
      params:
        lr: {defualt: 1}
      stages:
        data: {uses: dataset.images, inptus: {a: b}}
        model: {uses: train.clasifier}

      """,
      gives: """
        spec.yaml:4:8: error: unknown key 'defualt' in parameter 'lr'
            4 |   lr: {defualt: 1}
              |        ^~~~~~~
          allowed: default, type, min, max, values, help
          fix: did you mean 'default'?
        spec.yaml:6:32: error: unknown key 'inptus' in stage 'data'
            6 |   data: {uses: dataset.images, inptus: {a: b}}
              |                                ^~~~~~
          allowed: uses, with, inputs, matrix, needs, if, cache, resources, timeout, retries, isolation
          fix: did you mean 'inputs'?
        spec.yaml:6:41: error: 'a' is not an input of dataset.images
            6 |   data: {uses: dataset.images, inptus: {a: b}}
              |                                         ^
          it has none
          fix: remove it
        spec.yaml:7:3: error: stage 'model' lacks the input 'train'
            7 |   model: {uses: train.clasifier}
              |   ^~~~~
          train.classifier reads a dataset there: training images
          fix: add inputs: {train: stage.output}
        spec.yaml:7:17: error: there is no stage type 'train.clasifier'
            7 |   model: {uses: train.clasifier}
              |                 ^~~~~~~~~~~~~~~
          'pipeline stages' lists all types
          fix: did you mean 'train.classifier'?
        """),
    ErrorCase(
      "an axis as a value",
      """
      version: 1
      name: t
      axes: {asr: [1, 2]}
      stages:
        data: {uses: dataset.images}
        model: {uses: train.classifier, inputs: {train: data.train}}
        attack: {uses: backdoor.evaluate, matrix: [asr], inputs: {model: model.model, images: data.test}}
      tables:
        a: {from: attack.scores, rows: asr, value: asr}

      """,
      gives: """
        spec.yaml:9:46: error: table 'a': 'asr' is an axis, no numeric column
            9 |   a: {from: attack.scores, rows: asr, value: asr}
              |                                              ^~~
          labels are texts, and they stand in the column of that name
          fix: name what the stage measures
        """),
  ]
}
