//! The nodes that the USB device controllers need, and why.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use device_tree::{Index, NodeId};

use crate::Error;
use crate::suppliers::{Reference, references};

/// The maximum number of nodes: phones have less than 100.
const MAX_NODES: usize = 1024;
/// The maximum number of references between nodes.
const MAX_REFERENCES: usize = 1 << 15;
/// In place of a property, the edge to the node above.
const PARENT: &str = "parent";

/// The nodes that a device needs. Its edges go from a node to what it needs.
pub(crate) struct Graph<'i, 'a> {
    index: &'i Index<'a>,
    edges: BTreeMap<NodeId, Vec<Reference<'a>>>,
    count: usize,
}

/// A node that is needed, with the edge by which it was reached first; `None` for a controller.
pub(crate) type Reasons<'a> = BTreeMap<NodeId, Option<(NodeId, &'a str)>>;

impl<'i, 'a> Graph<'i, 'a> {
    pub(crate) fn new(index: &'i Index<'a>) -> Self {
        Graph {
            index,
            edges: BTreeMap::new(),
            count: 0,
        }
    }

    /// Returns the nodes that `controllers` need, by the shortest ways to them.
    pub(crate) fn reach(&mut self, controllers: &[NodeId]) -> Result<Reasons<'a>, Error> {
        let mut reasons: Reasons<'a> = controllers.iter().map(|id| (*id, None)).collect();
        let mut queue: VecDeque<NodeId> = controllers.iter().copied().collect();
        while let Some(id) = queue.pop_front() {
            for edge in self.needs(id)? {
                if reasons.contains_key(&edge.supplier) {
                    continue;
                }
                if reasons.len() == MAX_NODES {
                    return Err(Error::TooLarge(format!("{MAX_NODES} nodes")));
                }
                reasons.insert(edge.supplier, Some((id, edge.property)));
                queue.push_back(edge.supplier);
            }
        }
        Ok(reasons)
    }

    /// Returns the same nodes as [`Graph::reach`], each after those that it needs. Cycles are broken
    /// where they close.
    pub(crate) fn order(&mut self, controllers: &[NodeId]) -> Result<Vec<NodeId>, Error> {
        enum Step {
            Visit(NodeId),
            Append(NodeId),
        }
        let mut order = Vec::new();
        let mut seen = BTreeSet::new();
        let mut steps: Vec<Step> = controllers
            .iter()
            .rev()
            .map(|id| Step::Visit(*id))
            .collect();
        while let Some(step) = steps.pop() {
            match step {
                Step::Append(id) => order.push(id),
                Step::Visit(id) if seen.insert(id) => {
                    steps.push(Step::Append(id));
                    let edges = self.needs(id)?.into_iter().rev();
                    steps.extend(edges.map(|edge| Step::Visit(edge.supplier)));
                }
                Step::Visit(_) => {}
            }
        }
        Ok(order)
    }

    /// Returns what a node needs: the node above it, except for the root, which has no driver, and its
    /// suppliers.
    fn needs(&mut self, id: NodeId) -> Result<Vec<Reference<'a>>, Error> {
        let parent = self.parent(id).map(|supplier| Reference {
            supplier,
            property: PARENT,
        });
        let mut needs: Vec<_> = parent.into_iter().collect();
        for edge in self.references(id)? {
            if !self.is_clock_cycle(id, edge)? {
                needs.push(edge);
            }
        }
        Ok(needs)
    }

    fn parent(&self, id: NodeId) -> Option<NodeId> {
        let parent = self.index.parent(id)?;
        self.index.parent(parent).map(|_| parent)
    }

    fn references(&mut self, id: NodeId) -> Result<Vec<Reference<'a>>, Error> {
        if let Some(edges) = self.edges.get(&id) {
            return Ok(edges.clone());
        }
        let edges = references(self.index, id);
        self.count += edges.len();
        if self.count > MAX_REFERENCES {
            return Err(Error::TooLarge(format!("{MAX_REFERENCES} references")));
        }
        self.edges.insert(id, edges.clone());
        Ok(edges)
    }

    /// Whether `edge` is an input of a clock controller from a device that itself needs the controller.
    ///
    /// Such as the clock that a PHY of the display generates, for the pixel clock: drivers of clock
    /// controllers register clocks before their inputs exist, and fw_devlink does not wait in a cycle.
    /// Without this, each clock controller would bring the drivers of display, PCIe and UFS. A PHY that
    /// has outputs itself does wait.
    fn is_clock_cycle(&mut self, id: NodeId, edge: Reference<'a>) -> Result<bool, Error> {
        let node = self.index.node(id);
        let is_controller =
            node.property("#clock-cells").is_some() && node.property("#phy-cells").is_none();
        if edge.property != "clocks" || !is_controller {
            return Ok(false);
        }
        let above: Vec<NodeId> = self.index.ancestors(edge.supplier).collect();
        for device in above {
            let mut edges = self.references(device)?.into_iter();
            if edges.any(|edge| edge.supplier == id) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
