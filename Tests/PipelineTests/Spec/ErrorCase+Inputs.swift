/// What is said about inputs and matrices.
extension ErrorCase {
  static let inputs = [
    ErrorCase(
      "outputs that hold an expression",
      """
      version: 1
      name: t
      params: {kind: text}
      stages:
        tool: {uses: program, with: {outputs: {a: "${kind}"}}}

      """,
      gives: """
        spec.yaml:5:32: error: the outputs of stage 'tool' hold an expression
            5 |   tool: {uses: program, with: {outputs: {a: "${kind}"}}}
              |                                ^~~~~~~
          other stages refer to them by name and type, in every instance
          fix: write them out: outputs: {name: type}
        """),
    ErrorCase(
      "an output that a program does not name",
      """
      version: 1
      name: t
      stages:
        tool: {uses: program, with: {outputs: {weights: model}}}
        next: {uses: program, inputs: {x: tool.weigths}, with: {outputs: {y: file}}}

      """,
      gives: """
        spec.yaml:5:37: error: stage 'tool' has no output 'weigths'
            5 |   next: {uses: program, inputs: {x: tool.weigths}, with: {outputs: {y: file}}}
              |                                     ^~~~~~~~~~~~
          program has: weights
          fix: did you mean 'weights'?
        """),
    ErrorCase(
      "a program's output of another type",
      """
      version: 1
      name: t
      stages:
        tool: {uses: program, with: {outputs: {images: file}}}
        poison: {uses: backdoor.poison, inputs: {images: tool.images}}

      """,
      gives: """
        spec.yaml:5:52: error: 'tool.images' is a file, but the input 'images' of backdoor.poison takes a dataset
            5 |   poison: {uses: backdoor.poison, inputs: {images: tool.images}}
              |                                                    ^~~~~~~~~~~
          clean images
          fix: connect an output of type dataset
        """),
    ErrorCase(
      "unknown slot",
      """
      version: 1
      name: t
      stages:
        data: {uses: dataset.images}
        poison: {uses: backdoor.poison, inputs: {image: data.train}}

      """,
      gives: """
        spec.yaml:5:44: error: 'image' is not an input of backdoor.poison
            5 |   poison: {uses: backdoor.poison, inputs: {image: data.train}}
              |                                            ^~~~~
          it has: images
          fix: did you mean 'images'?
        """),
    ErrorCase(
      "unknown producer",
      """
      version: 1
      name: t
      stages:
        data: {uses: dataset.images}
        poison: {uses: backdoor.poison, inputs: {images: dta.train}}

      """,
      gives: """
        spec.yaml:5:52: error: there is no stage 'dta'
            5 |   poison: {uses: backdoor.poison, inputs: {images: dta.train}}
              |                                                    ^~~~~~~~~
          fix: did you mean 'data'?
        """),
    ErrorCase(
      "unknown output",
      """
      version: 1
      name: t
      stages:
        data: {uses: dataset.images}
        poison: {uses: backdoor.poison, inputs: {images: data.trian}}

      """,
      gives: """
        spec.yaml:5:52: error: stage 'data' has no output 'trian'
            5 |   poison: {uses: backdoor.poison, inputs: {images: data.trian}}
              |                                                    ^~~~~~~~~~
          dataset.images has: train, test
          fix: did you mean 'train'?
        """),
    ErrorCase(
      "no output named",
      """
      version: 1
      name: t
      stages:
        data: {uses: dataset.images}
        poison: {uses: backdoor.poison, inputs: {images: data}}

      """,
      gives: """
        spec.yaml:5:52: error: 'data' does not say which output
            5 |   poison: {uses: backdoor.poison, inputs: {images: data}}
              |                                                    ^~~~
          an input is written stage.output
          fix: write one of: data.train, data.test
        """),
    ErrorCase(
      "type mismatch",
      """
      version: 1
      name: t
      stages:
        data: {uses: dataset.images}
        model: {uses: train.classifier, inputs: {train: data.train}}
        poison: {uses: backdoor.poison, inputs: {images: model.scores}}

      """,
      gives: """
        spec.yaml:6:52: error: 'model.scores' is a table, but the input 'images' of backdoor.poison takes a dataset
            6 |   poison: {uses: backdoor.poison, inputs: {images: model.scores}}
              |                                                    ^~~~~~~~~~~~
          clean images
          fix: connect an output of type dataset
        """),
    ErrorCase(
      "axes that do not join",
      """
      version: 1
      name: t
      axes:
        seed: [1, 2]
        alpha: [0.1, {label: big, value: 0.4}]
      stages:
        data: {uses: dataset.images}
        model: {uses: train.classifier, matrix: [seed, alpha], inputs: {train: data.train}}
        attack: {uses: backdoor.evaluate, matrix: [seed], inputs: {model: model.model, images: data.test}}

      """,
      gives: """
        spec.yaml:9:69: error: 'model.model' has 4 instances here (axes seed, alpha) but stage 'attack' only varies over seed
            9 |   attack: {uses: backdoor.evaluate, matrix: [seed], inputs: {model: model.model, images: data.test}}
              |                                                                     ^~~~~~~~~~~
          an input is one artifact for each instance, unless it is gathered
          fix: add the axis 'alpha' or pin it (where: {alpha: "0.1"})
        """),
    ErrorCase(
      "axes that do not join a list",
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
        all: {uses: backdoor.matrix, inputs: {attacks: attack.scores}}

      """,
      gives: """
        spec.yaml:10:50: error: 'attack.scores' has 2 instances here (axis seed) but stage 'all' varies over no axis
           10 |   all: {uses: backdoor.matrix, inputs: {attacks: attack.scores}}
              |                                                  ^~~~~~~~~~~~~
          an input is one artifact for each instance, unless it is gathered
          fix: add the axis 'seed', pin it (where: {seed: "1"}), or collect all (gather: true)
        """),
    ErrorCase(
      "gather into one",
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
        more: {uses: backdoor.evaluate, inputs: {model: {from: model.model, gather: true}, images: data.test}}

      """,
      gives: """
        spec.yaml:10:58: error: the input 'model' of backdoor.evaluate takes one artifact, not a list
           10 |   more: {uses: backdoor.evaluate, inputs: {model: {from: model.model, gather: true}, images: data.te
              |                                                          ^~~~~~~~~~~
          'gather' makes a list
          fix: pin the axes with 'where' instead
        """),
    ErrorCase(
      "gather of an unknown axis",
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
        all: {uses: backdoor.matrix, inputs: {attacks: {from: attack.scores, gather: [sed]}}}

      """,
      gives: """
        spec.yaml:10:81: error: 'attack.scores' has no axis 'sed' to gather
           10 |   all: {uses: backdoor.matrix, inputs: {attacks: {from: attack.scores, gather: [sed]}}}
              |                                                                                 ^~~
          fix: did you mean 'seed'?
        """),
    ErrorCase(
      "pin of an unknown axis and label",
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
        a: {uses: backdoor.matrix, inputs: {attacks: {from: attack.scores, where: {sede: 1}}}}
        b: {uses: backdoor.matrix, inputs: {attacks: {from: attack.scores, where: {seed: 3}}}}

      """,
      gives: """
        spec.yaml:10:78: error: 'attack.scores' does not vary over 'sede'
           10 |   a: {uses: backdoor.matrix, inputs: {attacks: {from: attack.scores, where: {sede: 1}}}}
              |                                                                              ^~~~
          fix: did you mean 'seed'?
        spec.yaml:11:84: error: axis 'seed' has no label '3'
           11 |   b: {uses: backdoor.matrix, inputs: {attacks: {from: attack.scores, where: {seed: 3}}}}
              |                                                                                    ^
          its labels: 1, 2
        """),
    ErrorCase(
      "no matching instance",
      """
      version: 1
      name: t
      axes:
        seed: [1, 2]
        alpha: [0.1, {label: big, value: 1.4}]
      stages:
        data: {uses: dataset.images}
        model: {uses: train.classifier, matrix: {axes: [seed], exclude: [{seed: 2}]}, inputs: {train: data.train}}
        attack: {uses: backdoor.evaluate, matrix: [seed], inputs: {model: model.model, images: data.test}}

      """,
      gives: """
        spec.yaml:9:69: error: 'model.model' has no instance with seed=2
            9 |   attack: {uses: backdoor.evaluate, matrix: [seed], inputs: {model: model.model, images: data.test}}
              |                                                                     ^~~~~~~~~~~
          stage 'attack' has instances there, and axes are matched by label
          fix: add the label to the producer, or exclude it here
        """),
    ErrorCase(
      "cycle",
      """
      version: 1
      name: t
      stages:
        a: {uses: copy, inputs: {x: c.y}}
        b: {uses: copy, inputs: {x: a.y}}
        c: {uses: copy, inputs: {x: b.y}}
        d: {uses: copy, inputs: {x: c.y}}

      """,
      gives: """
        spec.yaml:4:31: error: stages wait for each other: a <- c <- b <- a
            4 |   a: {uses: copy, inputs: {x: c.y}}
              |                               ^~~
          a stage runs when all that it reads or needs has ended
          fix: break the cycle at one of these inputs
        """),
    ErrorCase(
      "cycle of one",
      """
      version: 1
      name: t
      stages:
        a: {uses: copy, needs: [a]}

      """,
      gives: """
        spec.yaml:4:27: error: stages wait for each other: a <- a
            4 |   a: {uses: copy, needs: [a]}
              |                           ^
          a stage runs when all that it reads or needs has ended
          fix: break the cycle at one of these inputs
        """),
    ErrorCase(
      "unknown need",
      """
      version: 1
      name: t
      stages:
        a: {uses: copy, needs: [bb]}

      """,
      gives: """
        spec.yaml:4:27: error: there is no stage 'bb'
            4 |   a: {uses: copy, needs: [bb]}
              |                           ^~
          fix: choose one of: a
        """),
    ErrorCase(
      "unknown axis",
      """
      version: 1
      name: t
      axes:
        seed: [1, 2]
        alpha: [0.1, {label: big, value: 1.4}]
      stages:
        a: {uses: copy, matrix: [sead, seed, seed]}

      """,
      gives: """
        spec.yaml:7:28: error: there is no axis 'sead'
            7 |   a: {uses: copy, matrix: [sead, seed, seed]}
              |                            ^~~~
          fix: did you mean 'seed'?
        spec.yaml:7:40: error: the axis 'seed' is listed twice
            7 |   a: {uses: copy, matrix: [sead, seed, seed]}
              |                                        ^~~~
          fix: remove one
        """),
    ErrorCase(
      "local axis shadows",
      """
      version: 1
      name: t
      axes:
        seed: [1, 2]
        alpha: [0.1, {label: big, value: 1.4}]
      stages:
        a: {uses: copy, matrix: {seed: [1]}}

      """,
      gives: """
        spec.yaml:7:28: error: the axis 'seed' is declared under 'axes' already
            7 |   a: {uses: copy, matrix: {seed: [1]}}
              |                            ^~~~
          a stage's own axes have names of their own
          fix: list it (matrix: {axes: [seed]}), or choose another name
        """),
    ErrorCase(
      "exclude everything",
      """
      version: 1
      name: t
      axes:
        seed: [1, 2]
        alpha: [0.1, {label: big, value: 1.4}]
      stages:
        a: {uses: copy, matrix: {axes: [seed], exclude: [{seed: [1, 2]}]}}

      """,
      gives: """
        spec.yaml:7:3: error: stage 'a' has no instances left
            7 |   a: {uses: copy, matrix: {axes: [seed], exclude: [{seed: [1, 2]}]}}
              |   ^
          'exclude' takes all of them out
          fix: exclude less, or remove the stage
        """),
    ErrorCase(
      "exclude label",
      """
      version: 1
      name: t
      axes:
        seed: [1, 2]
        alpha: [0.1, {label: big, value: 1.4}]
      stages:
        a: {uses: copy, matrix: {axes: [seed], exclude: [{seed: 5}]}}

      """,
      gives: """
        spec.yaml:7:59: error: axis 'seed' has no label '5'
            7 |   a: {uses: copy, matrix: {axes: [seed], exclude: [{seed: 5}]}}
              |                                                           ^
          its labels: 1, 2
        """),
    ErrorCase(
      "include is whole rows",
      """
      version: 1
      name: t
      axes:
        seed: [1, 2]
        alpha: [0.1, {label: big, value: 1.4}]
      stages:
        a: {uses: copy, matrix: {axes: [seed], depth: [1], include: [{depth: 2}]}}

      """,
      gives: """
        spec.yaml:7:64: error: this row does not name the axis 'seed'
            7 |   a: {uses: copy, matrix: {axes: [seed], depth: [1], include: [{depth: 2}]}}
              |                                                                ^
          'include' adds whole rows
          fix: give each axis of the stage a label
        """),
    ErrorCase(
      "include only adds",
      """
      version: 1
      name: t
      axes:
        seed: [1, 2]
        alpha: [0.1, {label: big, value: 1.4}]
      stages:
        a: {uses: copy, matrix: {axes: [seed], include: [{seed: 2}]}}

      """,
      gives: """
        spec.yaml:7:52: error: this row of stage 'a' exists already
            7 |   a: {uses: copy, matrix: {axes: [seed], include: [{seed: 2}]}}
              |                                                    ^
          'include' only adds rows
          fix: remove it
        """),
    ErrorCase(
      "include label",
      """
      version: 1
      name: t
      axes:
        seed: [1, 2]
        alpha: [0.1, {label: big, value: 1.4}]
      stages:
        a: {uses: copy, matrix: {axes: [seed], include: [{seed: 9}]}}

      """,
      gives: """
        spec.yaml:7:59: error: axis 'seed' has no label '9'
            7 |   a: {uses: copy, matrix: {axes: [seed], include: [{seed: 9}]}}
              |                                                           ^
          its labels: 1, 2
        """),
  ]
}
