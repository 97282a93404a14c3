import Foundation

/// What a run shows and in which order: the content of `views.json`.
package struct StoredViews: Sendable, Hashable {
  package struct Picture: Sendable, Hashable {
    /// File name below `figures`.
    package let file: String
    package let title: String
  }

  /// Names of the tables, as the specification orders them.
  package let tables: [String]
  package let figures: [Picture]
  /// What could not be made, and why.
  package let problems: [String]

  init(_ report: RunReport) {
    tables = report.tables.map(\.name)
    figures = report.figures.map { Picture(file: $0.fileName, title: $0.title) }
    problems = report.problems.map(\.what)
  }

  /// Of a run that stored no list: everything, by name.
  init(tables: [String], figures: [String]) {
    self.tables = tables
    self.figures = figures.map { Picture(file: $0, title: String($0.prefix { $0 != "." }).spaced) }
    problems = []
  }

  var jsonValue: Value {
    .map([
      "tables": .list(tables.map(Value.string)),
      "figures": .list(
        figures.map { .map(["file": .string($0.file), "title": .string($0.title)]) }),
      "problems": .list(problems.map(Value.string)),
    ])
  }

  /// - Returns: `nil` for anything but what ``jsonValue`` gives, or for a name that leaves its
  ///   folder.
  init?(jsonValue value: Value) {
    guard let tables = value["tables"]?.texts, let problems = value["problems"]?.texts,
      let figures = value["figures"]?.items(Picture.init(jsonValue:)),
      (tables + figures.map(\.file)).allSatisfy({ !$0.contains("/") })
    else { return nil }
    self.tables = tables
    self.figures = figures
    self.problems = problems
  }
}

extension StoredViews.Picture {
  fileprivate init?(jsonValue value: Value) {
    guard let file = value["file"]?.text, let title = value["title"]?.text else { return nil }
    self.init(file: file, title: title)
  }
}

extension StoredResults {
  /// Its views in the order of the specification.
  package var views: StoredViews {
    let file = url.appending(path: "views.json")
    guard let data = try? Data(contentsOf: file), let value = try? Value(json: data),
      let views = StoredViews(jsonValue: value)
    else { return StoredViews(tables: tableNames, figures: figureNames) }
    return views
  }

  /// The figures that are there.
  func figures(_ pictures: [StoredViews.Picture]) -> [Figure] {
    pictures.compactMap { picture in
      let file = url.appending(path: "figures/\(picture.file)")
      return (try? Data(contentsOf: file)).map {
        Figure(title: picture.title, fileName: picture.file, data: $0)
      }
    }
  }
}
