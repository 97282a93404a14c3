/// What is said about parameters, axes and profiles.
extension ErrorCase {
  static let declarations = [
    ErrorCase(
      "parameter without default",
      """
      version: 1
      name: t
      params:
        lr: {type: float}
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:4:3: error: parameter 'lr' has no default
            4 |   lr: {type: float}
              |   ^~
          a specification runs without any override
          fix: add default: to it
        """),
    ErrorCase(
      "parameter type",
      """
      version: 1
      name: t
      params:
        epochs: {default: 1.5, type: int}
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:4:21: error: parameter 'epochs' is '1.5', a number
            4 |   epochs: {default: 1.5, type: int}
              |                     ^~~
          it is declared as int (spec.yaml:4)
          fix: write an integer: 3
        """),
    ErrorCase(
      "unknown type",
      """
      version: 1
      name: t
      params:
        epochs: {default: 1, type: integer}
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:4:30: error: type of parameter 'epochs' is 'integer'
            4 |   epochs: {default: 1, type: integer}
              |                              ^~~~~~~
          expected one of int, float, string, bool, list
        """),
    ErrorCase(
      "default outside",
      """
      version: 1
      name: t
      params:
        epochs: {default: 0, min: 1, help: passes}
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:4:21: error: parameter 'epochs': 0 is below the minimum 1
            4 |   epochs: {default: 0, min: 1, help: passes}
              |                     ^
          passes
          fix: write at least 1
        """),
    ErrorCase(
      "default not listed",
      """
      version: 1
      name: t
      params:
        arch: {default: resnt8, values: [resnet8, cnn4]}
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:4:19: error: parameter 'arch': resnt8 is not one of its values: resnet8, cnn4
            4 |   arch: {default: resnt8, values: [resnet8, cnn4]}
              |                   ^~~~~~
          fix: did you mean 'resnet8'?
        """),
    ErrorCase(
      "element not listed",
      """
      version: 1
      name: t
      params:
        archs: {default: [cnn4, resnt8], values: [resnet8, cnn4]}
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:4:27: error: parameter 'archs': resnt8 is not one of its values: resnet8, cnn4
            4 |   archs: {default: [cnn4, resnt8], values: [resnet8, cnn4]}
              |                           ^~~~~~
          fix: did you mean 'resnet8'?
        """),
    ErrorCase(
      "reserved name",
      """
      version: 1
      name: t
      params:
        matrix: 3
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:4:3: error: 'matrix' cannot be the name of a parameter
            4 |   matrix: 3
              |   ^~~~~~
          expressions use it for something else
          fix: choose another name
        """),
    ErrorCase(
      "invalid name",
      """
      version: 1
      name: t
      params:
        Learning-Rate: 3
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:4:3: error: 'Learning-Rate' is not a valid name in 'params'
            4 |   Learning-Rate: 3
              |   ^~~~~~~~~~~~~
          names are lower-case letters, digits and '_', and start with a letter
          fix: write 'learning_rate'
        """),
    ErrorCase(
      "expression in a parameter",
      """
      version: 1
      name: t
      params:
        a: 1
        b: "${a}"
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:5:6: error: parameter 'b' holds an expression
            5 |   b: "${a}"
              |      ^~~~~~
          parameters are plain values; expressions stand in stages
          fix: write the value itself
        """),
    ErrorCase(
      "no stays a string",
      """
      version: 1
      name: t
      params:
        a: {default: no, type: bool}
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:4:16: error: parameter 'a' is 'no', a string
            4 |   a: {default: no, type: bool}
              |                ^~
          it is declared as bool (spec.yaml:4)
          fix: write true or false
        """),
    ErrorCase(
      "octal stays a string",
      """
      version: 1
      name: t
      params:
        a: {default: 0o17, type: int}
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:4:16: error: parameter 'a' is '0o17', a string
            4 |   a: {default: 0o17, type: int}
              |                ^~~~
          it is declared as int (spec.yaml:4)
          fix: write an integer: 3
        """),
    ErrorCase(
      "empty axis",
      """
      version: 1
      name: t
      axes:
        seed: []
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:4:9: error: axis 'seed' has no values
            4 |   seed: []
              |         ^
          an axis is a list of at least one value or {label, value}
          fix: write seed: [...]
        """),
    ErrorCase(
      "label twice",
      """
      version: 1
      name: t
      axes:
        seed: [1, 1]
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:4:13: error: axis 'seed' has the label '1' twice
            4 |   seed: [1, 1]
              |             ^
          labels name the instances
          fix: remove one, or give it another label
        """),
    ErrorCase(
      "list needs a label",
      """
      version: 1
      name: t
      axes:
        opacity:
          - {value: [1.0, 0.1]}
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:5:7: error: '[1.0,0.1]' cannot be a label of axis 'opacity'
            5 |     - {value: [1.0, 0.1]}
              |       ^
          labels name instances and hold none of [ ] { } , = |
          fix: write {label: "...", value: ...}
        """),
    ErrorCase(
      "forbidden label",
      """
      version: 1
      name: t
      axes:
        opacity:
          - {label: "a=b", value: 1}
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:5:7: error: 'a=b' cannot be a label of axis 'opacity'
            5 |     - {label: "a=b", value: 1}
              |       ^
          labels name instances and hold none of [ ] { } , = |
          fix: write {label: "...", value: ...}
        """),
    ErrorCase(
      "profile parameter",
      """
      version: 1
      name: t
      params:
        epochs: 3
      profiles:
        smoke: {params: {epoch: 1, epochs: many}}
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:6:20: error: there is no parameter 'epoch'
            6 |   smoke: {params: {epoch: 1, epochs: many}}
              |                    ^~~~~
          a profile gives other values to declared parameters
          fix: did you mean 'epochs'?
        spec.yaml:6:38: error: parameter 'epochs' is 'many', a string
            6 |   smoke: {params: {epoch: 1, epochs: many}}
              |                                      ^~~~
          it is declared as int (spec.yaml:4)
          fix: write an integer: 3
        """),
    ErrorCase(
      "profile axis",
      """
      version: 1
      name: t
      axes:
        seed: [1]
      profiles:
        smoke: {axes: {sed: [1]}}
      stages:
        data: {uses: dataset.images}

      """,
      gives: """
        spec.yaml:6:18: error: there is no axis 'sed'
            6 |   smoke: {axes: {sed: [1]}}
              |                  ^~~
          a profile replaces the entries of declared axes
          fix: did you mean 'seed'?
        """),
  ]
}
