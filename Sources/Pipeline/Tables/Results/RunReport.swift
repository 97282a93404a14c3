/// All that a run is to show: evaluated tables, figures and verdicts.
///
/// A pure function of the graph's views and the stages' outputs: no clock, no files.
package struct RunReport: Sendable, ShownResults {
  package let experiment: Experiment
  /// All that the run read, as one.
  package let dataset: DatasetReference
  package let tables: [PivotTable]
  package let figures: [Figure]
  package let expectations: [ExpectationResult]
  /// Tables and plots that could not be made, at their place in the specification.
  package let problems: [Diagnostic]
  /// The outputs that tables and plots are made of, as `stage.output`.
  package let sources: Set<String>

  /// Evaluates everything; a view that fails becomes a problem and its claims are `missing`.
  /// `problems` are those that were found before. The paper's numbers are for the first data set.
  package init(
    graph: Graph, instances: [InstanceResult], datasets: [DatasetReference],
    baselines: Baselines = .none, problems earlier: [Diagnostic] = []
  ) {
    let omitted = Set(instances.filter { $0.status == .omitted }.map(\.stage))
    let omittedTables = graph.tables.filter { omitted.contains($0.stage) }.map(\.name)
    var problems = earlier + graph.hiddenColumns(in: instances)
    let dataset = DatasetReference.all(datasets)
    var tables: [PivotTable] = []
    for view in graph.tables {
      do throws(Diagnostic) {
        tables.append(try view.evaluate(instances, dataset: dataset))
      } catch  where !omitted.contains(view.stage) {
        problems.append(error)
      } catch {
        continue
      }
    }
    let byName = Dictionary(tables.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var figures: [Figure] = []
    for plot in graph.plots {
      do throws(Diagnostic) {
        figures += try plot.evaluate(instances, tables: byName, dataset: dataset)
      } catch  where !omitted.contains(plot.stage) && !omittedTables.contains(plot.table) {
        problems.append(error)
      } catch {
        continue
      }
    }
    sources = Set(
      graph.tables.map { "\($0.stage).\($0.output)" }
        + graph.plots.map { "\($0.stage).\($0.output)" })
    experiment = graph.experiment
    self.dataset = dataset
    self.tables = tables
    self.figures = figures
    self.problems = problems
    expectations = graph.expectations.map {
      $0.judge(
        byName, profile: graph.experiment.profile,
        dataset: datasets.first ?? dataset,
        omittedTables: Set(omittedTables), baselines: baselines)
    }
  }
}
