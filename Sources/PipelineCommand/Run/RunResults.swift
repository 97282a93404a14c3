import Foundation
import Pipeline
import Stages

/// Turns what a run left in the store into tables, figures, verdicts and stored results.
struct RunResults {
  let graph: Graph
  let record: RunRecord
  let instances: [InstanceResult]
  let datasets: [DatasetReference]
  let report: RunReport

  /// Reads all tables and figures.
  ///
  /// - Throws: ``StoreError``; when it is `damagedArtifact`, the store has forgotten every result
  ///   that a damaged artifact was part of, so that another run computes them again.
  init(graph: Graph, record: RunRecord, store: Store, baselines: Baselines) throws {
    let reader = ArtifactReader(store)
    var instances: [InstanceResult] = []
    var unreadable: [Diagnostic] = []
    var damage: StoreError?
    for (index, instance) in graph.instances.enumerated() {
      do {
        instances.append(
          try RunResults.result(
            instance, record.instances[index],
            status: record.status(of: index), reader, &unreadable))
      } catch StoreError.damagedArtifact(let hash, let detail) {
        damage = .damagedArtifact(hash: hash, detail: detail)
      }
    }
    if let damage { throw damage }
    self.graph = graph
    self.record = record
    self.instances = instances
    datasets = RunResults.datasets(in: instances)
    report = RunReport(
      graph: graph, instances: instances, datasets: datasets, baselines: baselines,
      problems: unreadable)
  }

  private static func result(
    _ instance: Instance, _ record: InstanceRecord, status: InstanceResult.Status,
    _ reader: ArtifactReader, _ unreadable: inout [Diagnostic]
  ) throws -> InstanceResult {
    var result = InstanceResult(stage: instance.stage, labels: instance.labels, status: status)
    for output in record.outputs {
      switch output.type {
      case .table:
        let data = try reader.data(hash: output.hash)
        do throws(TableDataError) {
          result.tables[output.slot] = try Table(canonicalData: data)
        } catch {
          unreadable.append(
            Diagnostic(
              at: instance.location,
              "the table '\(output.slot)' of '\(instance.id)' cannot be read, \(error.place): "
                + error.what,
              why: "expected is \(error.expected)",
              fix: "run it again: --force '\(instance.id)'"))
        }
      case .figure:
        result.figures[output.slot] = try reader.data(hash: output.hash)
      case .dataset, .tensors, .model, .text, .json, .file, .directory: break
      }
    }
    return result
  }

  /// The data sets that the tables name, in order of appearance.
  private static func datasets(in instances: [InstanceResult]) -> [DatasetReference] {
    var found: [DatasetReference] = []
    for table in instances.flatMap({ instance in
      instance.tables.keys.sorted().compactMap { instance.tables[$0] }
    }) {
      guard let name = table.columns.firstIndex(where: { $0.name == "dataset" }),
        let hash = table.columns.firstIndex(where: { $0.name == "dataset_hash" })
      else { continue }
      for row in table.rows {
        guard case .string(let name) = row[name], case .string(let hash) = row[hash] else {
          continue
        }
        let reference = DatasetReference(name: name, hash: hash)
        if !found.contains(reference) { found.append(reference) }
      }
    }
    return found
  }

  /// Stores everything below `results/<experiment>/<run>`.
  ///
  /// - Returns: the run's folder.
  func write(below root: URL, origin: RunOrigin) throws -> URL {
    let folder = ResultsFolder(root: root, experiment: graph.experiment.name)
    folder.removeLeftovers()
    return try write(in: folder, origin: origin)
  }

  /// Stores everything as a run of this folder.
  func write(in folder: ResultsFolder, origin: RunOrigin) throws -> URL {
    try folder.write(
      RunDocument(graph, record, provenance: provenance(origin), file: origin.file), report: report,
      instances: instances)
  }

  private func provenance(_ origin: RunOrigin) -> RunProvenance {
    let executed = record.instances.filter { $0.state == .done }
    var provenance = RunProvenance()
    provenance.programVersion = Program.version
    provenance.commandLine = origin.commandLine
    provenance.overrides = origin.overrides
    provenance.tags = origin.tags
    provenance.label = origin.label
    provenance.specHash = origin.specHash
    provenance.gitCommit = origin.gitCommit
    provenance.startedAt = record.started.ISO8601Format()
    provenance.finishedAt =
      record.started.addingTimeInterval(record.elapsedSeconds).ISO8601Format()
    provenance.elapsedSeconds = record.elapsedSeconds
    provenance.cpuSeconds = executed.reduce(0) { $0 + $1.cost.cpuSeconds }
    provenance.peakMemoryBytes = executed.map(\.cost.peakMemoryBytes).max() ?? 0
    provenance.host = Host.facts
    provenance.datasets = datasets
    return provenance
  }
}

/// What a run was started from, taken before it begins: a file may change while it runs.
struct RunOrigin {
  /// Path of the specification, from the project's root.
  let file: String
  let commandLine: String
  private(set) var overrides: [String]
  let tags: [String: String]
  let label: String
  let specHash: String
  let gitCommit: String?

  init(
    _ resolved: ResolvedSpec, in project: Project, tags: [String: String] = [:],
    label: String = ""
  ) throws {
    let path = resolved.graph.experiment.file
    file = project.pathFromRoot(path)
    overrides = resolved.overrides
    self.tags = tags
    self.label = label
    commandLine = CommandLine.arguments.joined(separator: " ")
    specHash = try SHA256.hex(ofFile: path).hash
    gitCommit = Host.gitCommit(of: path)
  }

  /// The origin of another run from the same file, begun in the same moment.
  func of(_ resolved: ResolvedSpec) -> RunOrigin {
    var origin = self
    origin.overrides = resolved.overrides
    return origin
  }
}
